"""Strangers send as much as they can, and a registered phone goes on calling; the switch does not grow by it.

RELIABILITY P7, in its short form. Usage: strangers.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/`.
"""

import contextlib
import multiprocessing
import pathlib
import socket
import sys
import time

import pjsua
from checks import Checks, expect

DOMAIN = "pbx.test"
NUMBER = "+12025550108"
"""A menu: it answers by itself."""
STRANGERS = (66, 67, 68, 69)
METHODS = ("REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE")
LASTS = 10.0
CALLS, AT_LEAST, WITHIN = 20, 19, 2.0
"""Calls made meanwhile, how many of them have to be answered, and within how many seconds."""
GROWS_MOST = 64 * 1024
"""KiB by which the switch may grow."""


def flood(net, switch, ends, sent):
    """Sends until it is time, from several addresses; each request is new."""
    host, port = switch.rsplit(":", 1)
    sockets = []
    for stranger in STRANGERS:
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind((f"{net}.{stranger}", 0))
        bound.setblocking(False)
        bound.connect((host, int(port)))
        sockets.append(bound)
    count = 0
    while time.monotonic() < ends:
        for _ in range(64):
            method, stranger = METHODS[count % 4], sockets[count // 4 % 4]
            text = (
                f"{method} sip:{count}@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {net}.66;branch=z9hG4bK{count}\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:{count}@{DOMAIN}>;tag={count}\r\nTo: <sip:{count}@{DOMAIN}>\r\n"
                f"Call-ID: {count}\r\nCSeq: 1 {method}\r\nContact: <sip:{net}.66>\r\nEvent: dialog\r\n"
                "Content-Length: 0\r\n\r\n"
            )
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                stranger.send(text.encode())
                count += 1
    sent.value = count


def process_of(folder):
    """The switch that runs on this folder."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if str(folder / "data").encode() in words and b"serve" in words:
                return process
    raise LookupError(f"no switch runs on {folder}")


def resident(process):
    """KiB of memory that it has."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    net = switch.rpartition(".")[0]
    checks = Checks()
    process = process_of(folder)
    phone = pjsua.Phone("ana-desk", f"{net}.11", switch, folder)
    answered = []

    def calls_once():
        """A call from its first INVITE to its answer, and to its end."""
        begun = time.monotonic()
        call = phone.call(NUMBER, DOMAIN)
        phone.wait("the answer, or a refusal", lambda: call.is_answered() or call.is_over())
        if call.is_answered():
            answered.append(time.monotonic() - begun)
            call.hang_up()
        phone.wait("the end", call.is_over)

    with contextlib.closing(phone):
        phone.register(DOMAIN)
        calls_once()
        answered.clear()
        before, most = resident(process), 0
        sent = multiprocessing.Value("Q")
        ends = time.monotonic() + LASTS
        flooding = multiprocessing.Process(target=flood, args=(net, switch, ends, sent), daemon=True)
        flooding.start()
        with checks.check(f"{AT_LEAST} of {CALLS} calls in the flood are answered within {WITHIN:.0f} s"):
            phone.live(0.5)
            for _ in range(CALLS):
                calls_once()
                most = max(most, resident(process))
            in_time = sum(seconds < WITHIN for seconds in answered)
            expect(in_time >= AT_LEAST, f"{in_time} of {CALLS} were: {sorted(answered)[-3:]}")
        flooding.join()
        with checks.check("the switch does not grow by what strangers send"):
            most = max(most, resident(process))
            expect(sent.value > 10_000 * LASTS, f"{sent.value} requests in {LASTS:.0f} s are no flood")
            expect(most - before < GROWS_MOST, f"it grew by {most - before} KiB")
        slowest = max(answered, default=0.0)
        print(f"{sent.value / LASTS:.0f} requests a second, slowest call {slowest * 1000:.0f} ms, grew {most - before} KiB")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
