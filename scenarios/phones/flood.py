"""A carrier floods a call with re-INVITEs, and goes on hearing the phone at the other end without a gap.

The carrier is this script; when its sound arrives is told by the kernel.

Usage: flood.py SWITCH_IP:PORT FOLDER
"""

import contextlib
import pathlib
import socket
import struct
import sys
import time

import pjsua
from checks import Checks, expect

DOMAIN = "pbx.test"
NUMBER = "+12025550100"
RATE, LASTS = 200, 4.0
"""Re-INVITEs a second, and for so many seconds."""
TAKEN_MOST = 5
"""Changes that the switch takes a second."""
GAP_MOST = 0.06
"""Longest time, in seconds, between two packets of sound."""
TIMESTAMP = 35
"""SO_TIMESTAMPNS of Linux."""


class Carrier:
    """One call of a carrier, as messages."""

    def __init__(self, address, switch):
        host, port = switch.rsplit(":", 1)
        self._switch, self._here = (host, int(port)), (address, int(port))
        self._socket = self._bound(self._here)
        self._sound = self._bound((address, 0))
        self._sound.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
        self._target, self._tag, self._cseq = f"sip:{NUMBER}@{host}", "", 0
        self.answers = {}
        self.arrivals = []

    @staticmethod
    def _bound(address):
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind(address)
        bound.setblocking(False)
        return bound

    def _send(self, method, cseq, body=""):
        host, port = self._here
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (
            f"{method} {self._target} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{method}{cseq}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:+12025550142@{host}>;tag=flood\r\nTo: <sip:{NUMBER}@{host}>{self._tag}\r\n"
            f"Call-ID: flood\r\nCSeq: {cseq} {method}\r\nContact: <sip:{host}:{port}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._socket.sendto(text.encode(), self._switch)

    def invite(self):
        """Calls, or asks for a change that changes nothing."""
        self._cseq += 1
        host, port = self._sound.getsockname()
        self._send(
            "INVITE",
            self._cseq,
            f"v=0\r\no=- 1 {self._cseq} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n",
        )

    def bye(self):
        """Hangs up."""
        self._cseq += 1
        self._send("BYE", self._cseq)

    def listen(self):
        """Acknowledges every answer and notes when sound came."""
        with contextlib.suppress(BlockingIOError):
            while text := self._socket.recv(65536).decode():
                self._heard(text)
        with contextlib.suppress(BlockingIOError):
            while True:
                _, stamps, _, _ = self._sound.recvmsg(2048, 256)
                seconds, nanoseconds = struct.unpack("ll", stamps[0][2][:16])
                self.arrivals.append(seconds + nanoseconds / 1e9)

    def _heard(self, text):
        lines = text.split("\r\n")
        word, fields = lines[0].split()[1], dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        cseq, method = fields["CSeq"].split()
        if method == "INVITE" and word == "200":
            self._tag = fields["To"][fields["To"].index(";tag=") :]
            self._target = fields["Contact"].strip("<>")
        if method == "INVITE" and not word.startswith("1"):
            self.answers.setdefault(word, set()).add(cseq)
            self._send("ACK", cseq)


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    net = switch.rpartition(".")[0]
    checks = Checks()
    phone = pjsua.Phone("ana-desk", f"{net}.11", switch, folder)
    carrier = Carrier(f"{net}.2", switch)
    with contextlib.closing(phone):
        phone.register(DOMAIN)
        with checks.check("a carrier's call is answered"):
            carrier.invite()
            phone.wait("the ringing of PJSUA2", lambda: phone.ringing)
            call = phone.ringing
            call.take()
            phone.wait("the answer at the carrier", lambda: (carrier.listen(), "200" in carrier.answers)[1])
            call.play(440)
        with checks.check(f"{RATE} re-INVITEs a second: {TAKEN_MOST} are taken, and no sound is lost"):
            phone.live(0.5)
            carrier.listen()
            carrier.answers.clear()
            carrier.arrivals.clear()
            begun, asked = time.monotonic(), 0
            while (now := time.monotonic()) < begun + LASTS:
                while asked < (now - begun) * RATE:
                    carrier.invite()
                    asked += 1
                carrier.listen()
                time.sleep(0.002)
            phone.live(0.3)
            carrier.listen()
            taken = len(carrier.answers.get("200", ()))
            expect(0 < taken <= TAKEN_MOST * (LASTS + 1), f"{taken} of {asked} were taken")
            expect(set(carrier.answers) <= {"200", "500"}, f"the answers were {set(carrier.answers)}")
            gap = max(after - before for before, after in zip(carrier.arrivals, carrier.arrivals[1:]))
            expect(len(carrier.arrivals) > 45 * LASTS, f"{len(carrier.arrivals)} packets of sound came")
            expect(gap <= GAP_MOST, f"a gap of {gap * 1000:.0f} ms")
            expect(not call.is_over(), f"the call ended with {call.status}")
            print(f"{asked} asked, {taken} taken, {len(carrier.arrivals)} packets, gap {gap * 1000:.1f} ms")
        with checks.check("the carrier hangs up"):
            carrier.bye()
            phone.wait("the end at PJSUA2", call.is_over)
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
