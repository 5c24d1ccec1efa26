"""A baresip phone in a process of its own: plays a tone into each call and records what it hears.

It is told what to do, and tells what it sees, over its `ctrl_tcp` module: JSON in netstrings.
"""

import json
import re
import socket
import subprocess
import time

import tone
from checks import Failure

CONTROL_PORT = 4444
MODULES = "/usr/lib/baresip/modules"

# It sends its sound from no address in particular, for which the system takes 127.0.0.1; the switch believes
# sound only from where the phone says it lives.
CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
rtp_ports 16000-16999
module_path {modules}
module {codec}.so
module aufile.so
module sndfile.so
module_app menu.so
module_app ctrl_tcp.so
{more}audio_source aufile,{folder}/says.wav
audio_alert none
ringback_disabled yes
snd_path {folder}
ctrl_tcp_listen {control}
statmode_default off
"""

SHAPES = {"g711": (8000, 1), "g722": (16000, 1), "opus": (48000, 2)}
"""Rate and channels of each codec's sound. It plays a file only as its codec has it."""

ACCOUNT = '<sip:{name}@{domain}>;auth_pass={name}-secret;outbound="sip:{switch}";regint=60'


class Phone:
    """A phone, known to the switch by its name; its password is the name and "-secret"."""

    def __init__(self, name, domain, address, switch, folder, says, modules=(), codec="g711"):
        """Starts it with these modules besides the usual, and no codec but this one. It is controlled at this address, and
        says this tone."""
        self._domain, self._folder = domain, folder
        folder.mkdir()
        tone.write(folder / "says.wav", says, 30, *SHAPES[codec])
        more = "".join(f"module_app {module}.so\n" for module in modules)
        control = f"{address}:{CONTROL_PORT}"
        config = CONFIG.format(folder=folder, modules=MODULES, control=control, codec=codec, more=more)
        (folder / "config").write_text(config)
        # It writes down each message as it goes by: only there stand the tags of its calls.
        self._log = folder / "baresip.log"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                ["stdbuf", "-oL", "baresip", "-s", "-f", str(folder)], stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        self._unread = b""
        self._seen = []
        self._consulted = None
        self._answer = ""
        self._control = self._connect(address)
        self._account = ACCOUNT.format(name=name, domain=domain, switch=switch)

    def register(self):
        """Registers; `REGISTER_OK` is then seen."""
        self._tell("uanew", self._account)

    def seen(self, kind):
        """Whether this was seen since the last `forget`: an event's type, such as `CALL_ESTABLISHED`."""
        return self.count(kind) > 0

    def count(self, kind):
        """How often it was."""
        self._listen()
        return sum(event["type"] == kind for event in self._seen)

    def forget(self):
        """What was seen before does not count from here on."""
        self._listen()
        self._seen.clear()

    def call(self, user):
        """Calls somebody."""
        self._tell("dial", f"sip:{user}@{self._domain}")

    def take(self):
        """Answers."""
        self._tell("accept")

    def hold(self):
        """Puts the other on hold."""
        self._tell("hold")

    def resume(self):
        """Takes the other back."""
        self._tell("resume")

    def transfer(self, user):
        """The other is to talk to somebody else."""
        self._tell("transfer", f"sip:{user}@{self._domain}")

    def consult(self, user):
        """Puts the other on hold and calls somebody."""
        self.hold()
        self.call(user)
        self._consulted = user

    def join(self):
        """The other and whom it consulted are to talk to each other.

        This version knows no command for that, but sends a Refer-To as it is written (RFC 3515 §2.1, RFC 3891 §3).
        """
        first, last = (event["id"] for event in self._seen if event["type"] == "CALL_ESTABLISHED")
        ours, theirs = self._tags(last)
        replaces = f"{last}%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{ours}"
        self._tell("callfind", first)
        self._tell("transfer", f"<sip:{self._consulted}@{self._domain}?Replaces={replaces}>")

    def _tags(self, call):
        """The tags of a call that it made, its own first."""
        said = self._log.read_bytes().decode(errors="replace")
        answers = re.findall(r"SIP/2\.0 200 .*?\r\n\r\n", said, re.DOTALL)
        answer = next(it for it in answers if f"Call-ID: {call}" in it and " INVITE\r\n" in it)
        return [re.search(rf"^{side}: .*;tag=([^;\r]+)", answer, re.MULTILINE)[1] for side in ("From", "To")]

    def hang_up(self):
        """Ends the call."""
        self._tell("hangup")

    def log(self):
        """All that it said, and each message that it sent or got."""
        return self._log.read_bytes().decode(errors="replace")

    def recordings(self):
        """The files of what it heard, the newest last."""
        return sorted(self._folder.glob("dump-*-dec.wav"))

    def ask_what_came(self):
        """Asks how many packets of sound have come in the call; `came` then knows."""
        self._listen()
        self._answer = ""
        self._tell("audio_debug")

    def came(self):
        """How many have, once it has said so."""
        self._listen()
        said = re.search(r"rcvd=(\d+)", self._answer)
        return said and said[1]

    def close(self):
        """Unregisters and ends it."""
        self._control.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _connect(self, address):
        until = time.monotonic() + 5
        while time.monotonic() < until and self._process.poll() is None:
            try:
                control = socket.create_connection((address, CONTROL_PORT), timeout=1)
                control.setblocking(False)
                return control
            except OSError:
                time.sleep(0.05)
        self._process.kill()
        raise Failure(f"baresip does not start, see {self._folder}/baresip.log")

    def _tell(self, command, params=""):
        words = json.dumps({"command": command, "params": params}).encode()
        self._control.sendall(b"%d:%s," % (len(words), words))

    def _listen(self):
        """Reads what it has said by now."""
        try:
            while said := self._control.recv(65536):
                self._unread += said
        except BlockingIOError:
            pass
        while b":" in self._unread:
            length, rest = self._unread.split(b":", 1)
            if len(rest) <= int(length):
                return
            told = json.loads(rest[: int(length)])
            self._unread = rest[int(length) + 1 :]
            if told.get("event"):
                self._seen.append(told)
            else:
                self._answer = told.get("data", "")
