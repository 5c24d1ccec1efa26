"""Click-to-call with real phones: the switch is asked to connect Ana's PJSUA2 with Ben's baresip.

Ana's phone rings first, then Ben's; both hear the other's tone, and Ben hangs up.

Usage: originate.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import contextlib
import json
import pathlib
import socket
import sys

import baresip
import pjsua
import tone
from checks import Checks, expect

DOMAIN = "pbx.test"
ANA_SAYS, BEN_SAYS = 440, 700
TALK, HEARD = 1.5, 1.0


def ask(folder, path):
    """Asks the running switch, as its command line does."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder / "data/control.sock"))
        line.sendall(json.dumps({"method": "POST", "path": path}).encode() + b"\n")
        return json.loads(line.makefile().readline())


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    net = switch.rpartition(".")[0]
    checks = Checks()
    ana = pjsua.Phone("ana-desk", f"{net}.11", switch, folder)
    ben = baresip.Phone("ben-desk", DOMAIN, f"{net}.12", switch, folder / "baresip", BEN_SAYS)
    with contextlib.closing(ana), contextlib.closing(ben):
        with checks.check("without a phone nobody is connected"):
            answer = ask(folder, "/v1/calls/cho/112")
            expect(answer["status"] == 409, f"the switch answered {answer}")
        with checks.check("both phones register"):
            ana.register(DOMAIN)
            ben.register()
            ana.wait("baresip's registration", lambda: ben.seen("REGISTER_OK"))
        with checks.check("Ana's phone rings, and Ben's once she is there"):
            answer = ask(folder, "/v1/calls/ana/112")
            expect(answer["status"] == 200, f"the switch answered {answer}")
            ana.wait("Ana's phone to ring", lambda: ana.ringing)
            ana.live(0.5)
            expect(not ben.seen("CALL_INCOMING"), "Ben's phone rang before Ana was there")
            call = ana.ringing
            call.take()
            ana.wait("Ana's answer", call.is_answered)
            ana.wait("Ben's phone to ring", lambda: ben.seen("CALL_INCOMING"))
        with checks.check("they talk, and Ben hangs up"):
            ben.take()
            ana.wait("Ben's answer", lambda: ben.seen("CALL_ESTABLISHED"))
            call.play(ANA_SAYS)
            ana.live(TALK)
            ben.hang_up()
            ana.wait("the end", call.is_over)
        with checks.check("each heard the other's tone"):
            heard = tone.seconds_of(ana.heard(call), BEN_SAYS)
            expect(heard >= HEARD, f"Ana heard {heard:.2f} s of Ben")
            ana.wait("baresip's recording", ben.recordings)
            heard = sum(tone.seconds_of(tone.read(it), ANA_SAYS) for it in ben.recordings())
            expect(heard >= HEARD, f"Ben heard {heard:.2f} s of Ana")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
