#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rtsp_server.py ADDRESS PORT: GStreamer's RTSP server with a tone at /tone."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer.new()
server.set_address(sys.argv[1])
server.set_service(sys.argv[2])
tone = GstRtspServer.RTSPMediaFactory.new()
tone.set_launch("( audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc"
                " ! rtppcmupay name=pay0 )")
server.get_mount_points().add_factory("/tone", tone)
server.attach(None)
GLib.MainLoop().run()
