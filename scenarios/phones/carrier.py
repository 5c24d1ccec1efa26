"""A carrier that calls: one UDP socket, one call at a time, no sound.

Knows what RFC 3261 asks of a caller who gives up, and of one who is answered and hangs up.
"""

import re
import secrets
import socket
import time

from checks import Failure

PATIENCE = 5
"""Seconds in which the switch has to answer."""

OFFER = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"


class Carrier:
    """The far end of a trunk that is known by its address."""

    def __init__(self, address, port, switch):
        """Listens where the trunk is."""
        self._here, self._switch = (address, port), switch
        host, _, own = switch.rpartition(":")
        self._there = (host, int(own))
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(self._here)

    def calls(self, caller, number):
        """Begins a call of this caller to one of our numbers."""
        self._number, self._sequence, self._to = number, 1, f"<sip:{number}@{self._switch}>"
        self._from = f"<sip:{caller}@{self._here[0]}>;tag={secrets.token_hex(4)}"
        self._call_id, self._branch = secrets.token_hex(8), secrets.token_hex(8)
        self._send("INVITE", self._branch, OFFER.format(host=self._here[0]))

    def hears(self, *statuses):
        """Waits for one of these statuses to the INVITE."""
        until = time.monotonic() + PATIENCE
        while (left := until - time.monotonic()) > 0:
            self._line.settimeout(left)
            try:
                said = self._line.recv(65536).decode(errors="replace")
            except TimeoutError:
                break
            status = re.match(r"SIP/2\.0 (\d+)", said)
            if status and f"Call-ID: {self._call_id}" in said and " INVITE\r\n" in said and int(status[1]) in statuses:
                self._to = re.search(r"^To: (.*?)\r?$", said, re.MULTILINE)[1]
                return int(status[1])
        raise Failure(f"the carrier hears none of {statuses} within {PATIENCE} s")

    def gives_up(self):
        """Cancels what rings, and takes note of the end."""
        to, self._to = self._to, f"<sip:{self._number}@{self._switch}>"
        self._send("CANCEL", self._branch)
        self._to = to
        self.hears(487)
        self._send("ACK", self._branch)

    def hangs_up(self):
        """Ends what is answered."""
        self._send("ACK", secrets.token_hex(8))
        self._sequence = 2
        self._send("BYE", secrets.token_hex(8))

    def close(self):
        """Listens no more."""
        self._line.close()

    def _send(self, method, branch, body=""):
        lines = [
            f"{method} sip:{self._number}@{self._switch} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here[0]}:{self._here[1]};branch=z9hG4bK{branch}",
            "Max-Forwards: 70",
            f"From: {self._from}",
            f"To: {self._to}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._sequence} {method}",
            f"Contact: <sip:{self._here[0]}:{self._here[1]}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._line.sendto("\r\n".join([*lines, "", body]).encode(), self._there)
