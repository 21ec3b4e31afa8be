#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""xmpp_client.py SERVER JID PASSWORD: logs in, and sends a message to itself."""
import sys

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.add_event_handler("session_start", self.begin)
        self.add_event_handler("message", self.heard)
        self.add_event_handler("failed_all_auth", self.refused)
        self["feature_mechanisms"].unencrypted_plain = True
        self["feature_mechanisms"].unencrypted_scram = True

    async def begin(self, _):
        self.send_presence()
        await self.get_roster()
        self.send_message(mto=self.boundjid, mbody="Is anybody there?", mtype="chat")

    def heard(self, _):
        self.disconnect()

    def refused(self, _):
        self.disconnect()


client = Client(sys.argv[2], sys.argv[3])
client.connect((sys.argv[1], 5222), disable_starttls=True, force_starttls=False)
client.process(forever=False)
