"""A real phone whose wish to watch is refused takes no for an answer, or is not heard; it may call all the same.

RELIABILITY P12: baresip 1.0.0 is known to subscribe to its messages in a tight loop where it is refused. Here it is the
phone in the lobby, which has no mailbox.

Usage: storm.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import contextlib
import os
import pathlib
import re
import sys
import time

import baresip
from checks import Checks, expect, process_of

DOMAIN = "pbx.test"
NUMBER = "+12025550108"
"""A menu: it answers by itself."""
SAYS = 440
LASTS = 20.0
"""Seconds in which it may ask again; a watcher that was refused ten times in a minute is not heard for another."""
ASKED_MOST, REFUSED_MOST, CPU_MOST = 20, 10, 0.05
"""Requests on the wire with their copies, those that are answered, and what the switch may take of a processor meanwhile."""
TICKS = os.sysconf("SC_CLK_TCK")


def took(process):
    """Seconds of processor time that a process had."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    net = switch.rpartition(".")[0]
    checks = Checks()
    process = process_of(folder)
    phone = baresip.Phone("lobby", DOMAIN, f"{net}.11", switch, folder / "baresip", SAYS, modules=["mwi"])

    def wait(what, is_true, seconds=10.0):
        until = time.monotonic() + seconds
        while not is_true():
            expect(time.monotonic() < until, f"there never was {what}")
            time.sleep(0.05)

    def said(pattern):
        """How often it sent or got something that begins so."""
        return len(re.findall(pattern, phone.log(), re.MULTILINE))

    with contextlib.closing(phone):
        before = took(process)
        with checks.check("baresip registers, asks after its messages and is refused"):
            phone.register()
            wait("a registration", lambda: phone.seen("REGISTER_OK"))
            wait("a refusal", lambda: said(r"^SIP/2\.0 489 ") > 0)
        time.sleep(LASTS)
        asked, refused = said(r"^SUBSCRIBE sip:"), said(r"^SIP/2\.0 489 ")
        share = (took(process) - before) / LASTS
        with checks.check("there is no storm"):
            expect(asked <= ASKED_MOST, f"it asked {asked} times")
            expect(refused <= REFUSED_MOST, f"{refused} of {asked} were answered")
        with checks.check("the switch has little to do with it"):
            expect(share < 2 * CPU_MOST, f"it takes {share:.1%} of a processor")
        with checks.check("it may call"):
            phone.call(NUMBER)
            wait("an answer", lambda: phone.seen("CALL_ESTABLISHED"))
            phone.hang_up()
            wait("an end", lambda: phone.seen("CALL_CLOSED"))
        print(f"{asked} SUBSCRIBEs in {LASTS:.0f} s, {refused} answered, {share:.1%} of a processor")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
