"""A phone that knows SHA-256 registers by it, where the switch has it.

Usage: digest.py SWITCH_IP:PORT FOLDER
"""

import contextlib
import pathlib
import sys

import pjsua
from checks import Checks, expect

DOMAIN = "pbx.test"


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    checks = Checks()
    phone = pjsua.Phone("ana-desk", f"{switch.rpartition('.')[0]}.11", switch, folder)
    with contextlib.closing(phone):
        with checks.check("PJSUA2 registers"):
            phone.register(DOMAIN)
    # Its log is whole once it has ended.
    with checks.check("its proof is by SHA-256"):
        log = (folder / "pjsua.log").read_text(errors="replace").splitlines()
        proofs = [line for line in log if line.startswith("Authorization: Digest")]
        expect(proofs and all("algorithm=SHA-256" in proof for proof in proofs), f"it said {proofs}")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
