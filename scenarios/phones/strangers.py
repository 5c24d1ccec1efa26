"""Strangers send as much as they can, and a registered phone goes on calling; the switch does not grow by it.

RELIABILITY P7: ten seconds, or the whole minute, and another after which the switch has to be what it was. P8: nobody
hears more of it than twice what they sent, nor faster than a stranger is answered.

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
RATE, AHEAD = 200, 1.5
"""Answers a second to one address, `stranger_rate` unless a site says otherwise, and for how long they may come at once, with what the flood lasts longer."""
GROWS_MOST, KEEPS_MOST, PAGE = 64 * 1024, 0.1, 2 * 1024
"""KiB by which the switch may grow, and the part of its size that it may keep of that, in whole huge pages: its heap
knows nothing smaller."""


class Heard:
    """What the flood sent and what came of it, told by the process that did."""

    def __init__(self):
        self.requests, self.sent, self.heard = (multiprocessing.Value("Q") for _ in range(3))
        self.answers = multiprocessing.Array("Q", len(STRANGERS))


def flood(net, switch, ends, told):
    """Sends until it is time, from several addresses; each request is new. What comes is counted."""
    host, port = switch.rsplit(":", 1)
    sockets = []
    for stranger in STRANGERS:
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind((f"{net}.{stranger}", 0))
        bound.setblocking(False)
        bound.connect((host, int(port)))
        sockets.append(bound)

    def listen():
        for index, stranger in enumerate(sockets):
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                while answer := stranger.recv(65536):
                    told.heard.value += len(answer)
                    told.answers[index] += 1

    count = sent = 0
    while time.monotonic() < ends:
        listen()
        for _ in range(64):
            method, stranger = METHODS[count % 4], sockets[count // 4 % 4]
            text = (
                f"{method} sip:{count}@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {net}.66;branch=z9hG4bK{count};rport\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:{count}@{DOMAIN}>;tag={count}\r\nTo: <sip:{count}@{DOMAIN}>\r\n"
                f"Call-ID: {count}\r\nCSeq: 1 {method}\r\nContact: <sip:{net}.66>\r\nEvent: dialog\r\n"
                "Content-Length: 0\r\n\r\n"
            )
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                sent += stranger.send(text.encode())
                count += 1
    time.sleep(0.1)
    listen()
    told.requests.value, told.sent.value = count, sent


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
        told, took = Heard(), []
        begun = time.monotonic()
        flooding = multiprocessing.Process(target=flood, args=(net, switch, begun + lasts, told), daemon=True)
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
            expect(told.requests.value > 10_000 * lasts, f"{told.requests.value} requests in {lasts:.0f} s are no flood")
            expect(most - before < GROWS_MOST, f"it grew by {most - before} KiB")
        with checks.check(f"a stranger is answered {RATE} times a second at most, and with at most twice its bytes"):
            answers = list(told.answers)
            expect(max(answers) <= RATE * (lasts + AHEAD), f"they heard {answers} answers in {lasts:.0f} s")
            expect(min(answers) >= RATE * lasts / 2, f"they heard {answers} answers: who is not answered is not measured")
            # Of each address as many requests are answered as answers came, all of one size.
            asked = told.sent.value / told.requests.value * sum(answers)
            expect(told.heard.value <= 2 * asked, f"{told.heard.value} bytes answer {asked:.0f}")
        grew = f"grew {most - before} of {before} KiB"
        if whole:
            with checks.check(f"{RESTS:.0f} s later it is what it was"):
                phone.live(RESTS)
                after = resident(process)
                grew += f", {after - before} after the rest"
                expect(after - before <= KEEPS_MOST * before + PAGE, f"it had {before} KiB, and has {after}")
        print(f"{told.requests.value / lasts:.0f} requests a second, answers {answers}, {len(took)} calls, slowest {max(took):.2f} s, {grew}")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
