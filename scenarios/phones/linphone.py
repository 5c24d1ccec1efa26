"""A linphonec phone in a process of its own: plays a tone into each call and records what it hears.

It is told what to do on its standard input, and says what it sees on its standard output, a line each.
"""

import os
import re
import subprocess
import time

import tone
from checks import Failure

CONFIG = """\
[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
verify_server_certs=0
verify_server_cn=0
[rtp]
audio_rtp_port={ports}
[net]
firewall_policy=0
[proxy_0]
reg_proxy=<sip:{domain}>
reg_route=<sip:{switch};lr>
reg_identity=sip:{name}@{domain}
reg_expires=60
reg_sendregister=0
"""

NOT_G711 = (0, 1, 2, 7)
"""The codecs it has switched on beside G.711, by its own numbers: a tone does not stay one in all of them."""


class Phone:
    """A phone, known to the switch by its name; its password is the name and "-secret"."""

    def __init__(self, name, domain, switch, folder, says, ports):
        """Starts it. It says this tone, and hears on these ports."""
        self._identity, self._switch, self._secret = f"sip:{name}@{domain}", switch, f"{name}-secret"
        self._domain = domain
        self._folder, self._calls, self._from = folder, 0, 0
        # Without this folder it has no database and takes no part in anything.
        (folder / ".local/share/linphone").mkdir(parents=True)
        tone.write(folder / "says.wav", says, seconds=60)
        (folder / "linphonerc").write_text(CONFIG.format(name=name, domain=domain, switch=switch, ports=ports))
        self._said = folder / "linphone.out"
        with open(self._said, "wb") as out:
            self._process = subprocess.Popen(
                ["linphonec", "-c", str(folder / "linphonerc"), "-d", "6", "-l", str(folder / "linphone.log")],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env={**os.environ, "HOME": str(folder)},
            )
        self._wait_for("linphonec>")

    def register(self):
        """Registers; `is_registered` is then true."""
        # Else it names an address of IPv6 that no other phone here has.
        self._tell("ipv6 disable", "soundcard use files", f"play {self._folder}/says.wav")
        self._tell(*(f"codec disable {codec}" for codec in NOT_G711))
        self._tell(f"register {self._identity} sip:{self._switch} {self._secret}")

    def is_registered(self):
        """Whether the switch has said so."""
        self._tell("status register")
        return "registered, identity=" in self._new()

    def forget(self):
        """What was seen before does not count from here on. The next call is recorded anew."""
        self._from = self._said.stat().st_size
        self._calls += 1
        self._tell(f"record {self.recording()}")

    def recording(self):
        """The file of what it heard in the last call."""
        return self._folder / f"heard-{self._calls}.wav"

    def call(self, user):
        """Calls somebody."""
        self._tell(f"call sip:{user}@{self._domain}")

    def rings(self):
        """Whether somebody calls."""
        return "Receiving new incoming call" in self._new()

    def take(self):
        """Answers."""
        self._tell("answer")

    def is_up(self):
        """Whether the call is through."""
        return "connected." in self._new()

    def hold(self):
        """Puts the other on hold."""
        self._tell("pause")

    def holds(self):
        """Whether its last description of media says so, in either of the ways."""
        log = (self._folder / "linphone.log").read_text(errors="replace")
        last = log.rfind("\nINVITE sip:")
        return re.search(r"^a=(?:sendonly|inactive)\b", log[last:], re.MULTILINE) is not None

    def resume(self):
        """Takes the other back."""
        self._tell("resume")

    def transfer(self, user):
        """The other is to talk to somebody else."""
        self._tell(f"transfer sip:{user}@{self._domain}")

    def join(self):
        """Those at the other ends of its first and its last call are to talk to each other."""
        calls = re.findall(r"assigned id (\d+)", self._new())
        self._tell(f"transfer {calls[0]} --to-call {calls[-1]}")

    def hang_up(self):
        """Ends the call."""
        self._tell("terminate")

    def is_over(self):
        """Whether the call has ended."""
        return " ended (" in self._new() or " error." in self._new()

    def close(self):
        """Unregisters and ends it."""
        try:
            self._process.communicate(b"quit\n", timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, *commands):
        self._process.stdin.write("".join(f"{command}\n" for command in commands).encode())
        self._process.stdin.flush()

    def _new(self):
        with open(self._said, "rb") as out:
            out.seek(self._from)
            return out.read().decode(errors="replace")

    def _wait_for(self, words):
        until = time.monotonic() + 10
        while time.monotonic() < until and self._process.poll() is None:
            if words in self._new():
                return
            time.sleep(0.05)
        self._process.kill()
        raise Failure(f"linphonec does not start, see {self._said}")
