"""Strangers send as much as they can, and a registered phone goes on calling; the switch does not grow by it.

RELIABILITY P7: ten seconds, or the whole minute, and another after which the switch has to be what it was.

Usage: strangers.py SWITCH_IP:PORT FOLDER [whole], where FOLDER has the switch's `config/` and `data/`.
"""

import contextlib
import multiprocessing
import pathlib
import socket
import sys
import time

import pjsua
from checks import Checks, expect, process_of

DOMAIN = "pbx.test"
NUMBER = "+12025550108"
"""A menu: it answers by itself."""
STRANGERS = (66, 67, 68, 69)
METHODS = ("REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE")
LASTS, WHOLE_LASTS, RESTS = 10.0, 60.0, 60.0
"""Seconds of the flood, in its long form, and of the rest after that."""
WARM_UP, EVERY, OF_ALL, WITHIN = 20, 0.5, 0.95, 2.0
"""Calls before the switch is weighed. One is begun so often meanwhile; this part has to be answered in so many seconds."""
GROWS_MOST, KEEPS_MOST, PAGE = 64 * 1024, 0.1, 2 * 1024
"""KiB by which the switch may grow, and the part of its size that it may keep of that, in whole huge pages: its heap
knows nothing smaller."""


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


def resident(process):
    """KiB of memory that it has."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def main(switch, folder, whole=None):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    net = switch.rpartition(".")[0]
    lasts = WHOLE_LASTS if whole else LASTS
    checks = Checks(lasts=int(lasts + (RESTS if whole else 0)) + 45)
    process = process_of(folder)
    phone = pjsua.Phone("ana-desk", f"{net}.11", switch, folder)

    def calls_once():
        """A call from its first INVITE to its answer, and to its end; seconds until the answer, if there was one."""
        begun = time.monotonic()
        call = phone.call(NUMBER, DOMAIN)
        phone.wait("the answer, or a refusal", lambda: call.is_answered() or call.is_over())
        took = time.monotonic() - begun if call.is_answered() else float("inf")
        if call.is_answered():
            call.hang_up()
        phone.wait("the end", call.is_over)
        return took

    with contextlib.closing(phone):
        phone.register(DOMAIN)
        for _ in range(WARM_UP):
            calls_once()
        before = most = resident(process)
        sent, took = multiprocessing.Value("Q"), []
        begun = time.monotonic()
        flooding = multiprocessing.Process(target=flood, args=(net, switch, begun + lasts, sent), daemon=True)
        flooding.start()
        with checks.check(f"calls all through {lasts:.0f} s of flood are answered within {WITHIN:.0f} s"):
            while (due := begun + EVERY * (len(took) + 1)) < begun + lasts:
                phone.live(max(0.0, due - time.monotonic()))
                took.append(calls_once())
                most = max(most, resident(process))
            in_time = sum(seconds < WITHIN for seconds in took)
            expect(in_time >= OF_ALL * len(took), f"{in_time} of {len(took)} were: {sorted(took)[-3:]}")
        flooding.join()
        with checks.check("the switch does not grow by what strangers send"):
            most = max(most, resident(process))
            expect(sent.value > 10_000 * lasts, f"{sent.value} requests in {lasts:.0f} s are no flood")
            expect(most - before < GROWS_MOST, f"it grew by {most - before} KiB")
        grew = f"grew {most - before} of {before} KiB"
        if whole:
            with checks.check(f"{RESTS:.0f} s later it is what it was"):
                phone.live(RESTS)
                after = resident(process)
                grew += f", {after - before} after the rest"
                expect(after - before <= KEEPS_MOST * before + PAGE, f"it had {before} KiB, and has {after}")
        print(f"{sent.value / lasts:.0f} requests a second, {len(took)} calls, slowest {max(took):.2f} s, {grew}")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
