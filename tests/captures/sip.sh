# SPDX-License-Identifier: Apache-2.0
# Kamailio as registrar, baresip as telephones, SIPp as a caller without voice.
# Packages: kamailio baresip sip-tester ffmpeg

area_sip() {
    local who
    mkdir -p "$WORK/sip"
    ffmpeg -loglevel error -f lavfi -i sine=440:d=5 -ar 8000 -ac 1 "$WORK/sip/tone.wav"
    for who in alice bob; do
        mkdir -p "$WORK/sip/$who"
        cat >"$WORK/sip/$who/config" <<N
sip_listen 0.0.0.0:5064
rtp_ports 10000-10010
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module aufile.so
module_app account.so
module_app menu.so
audio_player aufile,$WORK/sip/$who/heard.wav
audio_source aufile,$WORK/sip/tone.wav
audio_alert aufile,/dev/null
N
    done
    echo "<sip:alice@$CLIENT:5064>;regint=0;audio_codecs=pcmu" >"$WORK/sip/alice/accounts"
    echo "<sip:bob@$SERVER:5064>;regint=0;answermode=auto;audio_codecs=pcmu" \
        >"$WORK/sip/bob/accounts"
    cat >"$WORK/sip/kamailio.cfg" <<N
#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:$SERVER:5070
listen=tcp:$SERVER:5070
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
request_route {
    if (method != "REGISTER") { sl_send_reply("404", "Not here"); exit; }
    if (!pv_www_authenticate("office.example", "secret", "0")) {
        www_challenge("office.example", "0");
        exit;
    }
    save("location");
}
N
    sip_registration >"$WORK/sip/register.xml"
    serve kamailio -DD -E -m 16 -M 4 -Y "$WORK/sip" -f "$WORK/sip/kamailio.cfg"
    serve sipp -sn uas -i $SERVER -p 5060 -nostdin
    serve sipp -sn uas -i $SERVER -p 5060 -nostdin -t t1
    serve baresip -f "$WORK/sip/bob" -4
    wait_udp 5064
    wait_udp 5070
    wait_tcp 5060
}

# A scenario: register, and once more with what the registrar wants to know.
sip_registration() {
    cat <<'N'
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="register">
<send><![CDATA[
REGISTER sip:office.example SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:carol@office.example>;tag=[call_number]
To: <sip:carol@office.example>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:carol@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Expires: 600
User-Agent: Desk phone 7
Content-Length: 0

]]></send>
<recv response="401" auth="true" />
<send><![CDATA[
REGISTER sip:office.example SIP/2.0
v: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
f: <sip:carol@office.example>;tag=[call_number]
t: <sip:carol@office.example>
i: [call_id]
CSeq: 2 REGISTER
m: <sip:carol@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
[authentication]
Expires: 600
User-Agent: Desk phone 7
l: 0

]]></send>
<recv response="200" optional="true" next="1" />
<recv response="401" />
<label id="1"/>
</scenario>
N
}

kamailio_version() { kamailio -v; }
baresip_version() { dpkg-query -W -f '${Package} ${Version}\n' baresip-core; }
sipp_version() { dpkg-query -W -f '${Package} ${Version}\n' sip-tester; }

sip_register() { # password more...
    local password=$1
    shift
    client sipp $SERVER:5070 -sf "$WORK/sip/register.xml" -i $CLIENT -nostdin -au carol \
        -ap "$password" -timeout 10s "$@"
}

case_sip_call() {
    about "SIPp calls SIPp over UDP: INVITE with a session description, ringing, answer, end."
    made_with sipp_version
    capture udp port 5060
    client sipp $SERVER:5060 -sn uac -i $CLIENT -nostdin -m 2 -r 2 -d 100
}

case_sip_call_tcp() {
    about "Three calls over one TCP connection."
    made_with sipp_version
    capture tcp port 5060
    client sipp $SERVER:5060 -sn uac -i $CLIENT -nostdin -m 3 -r 10 -d 50 -t t1
}

case_sip_register() {
    about "A telephone registers over UDP, then another over TCP: challenge, answer, the second" \
        "request with the short names of headers."
    made_with kamailio_version
    made_with sipp_version
    capture port 5070
    sip_register secret -m 1
    sip_register secret -m 1 -t t1
}

case_sip_guessing() {
    about "Six registrations with a wrong password from one port."
    made_with kamailio_version
    made_with sipp_version
    capture udp port 5070
    sip_register guess -m 6 -r 20
}

case_sip_voice() {
    about "A call between two telephones that is answered: SIP, then voice (RTP) both ways on the" \
        "ports that the session descriptions named."
    made_with baresip_version
    capture udp
    client baresip -f "$WORK/sip/alice" -4 -e "/dial sip:bob@$SERVER:5064" -t 1
}
