"""Three real phones call each other, each the two others: PJSUA2, baresip and linphonec.

In each call both hear the other's tone; the caller holds, nothing is heard of it meanwhile, and takes the other
back; the callee hangs up. The whole story has a second call for each pair, in which the callee holds and the caller
hangs up. Then the callee transfers the caller to the third, blind and attended.

Usage: pairs.py SWITCH_IP:PORT FOLDER udp|tcp|tls [whole]
"""

import contextlib
import itertools
import multiprocessing
import pathlib
import socket
import sys

import baresip
import linphone
import pjsua
import tone
from checks import Checks, Failure, expect

DOMAIN = "pbx.test"
TALK = 1.1
HOLD = 1.3
HEARD, HEARD_BEFORE = 1.5, 0.7
"""Seconds of the other's tone that each has to hear of those they talk in all, and of those before the hold."""
AT_MOST = 2 * TALK + 0.8
"""Seconds that the holder may be heard: longer, and it was heard on hold."""
CAME = 25 * TALK
"""Packets of sound, half of what is sent, that have to come to who does not record them."""
NOT_OURS = "/etc/ssl/certs/ca-certificates.crt"
"""Certificates that do not lead to the switch's."""
LINPHONE_PORTS = {"udp": "17000-17198", "tcp": "17200-17398", "tls": "17400-17598"}


class Pjsua:
    """PJSUA2, as Ana's phone."""

    name, number, says = "PJSUA2", "111", 440
    is_silent_on_hold = records_after_its_hold = True

    def __init__(self, net, switch, folder, over):
        roots = folder / "config/tls/cert.pem" if over == "tls" else None
        self.phone = pjsua.Phone("ana-desk", f"{net}.11", switch, folder, over, roots)
        self._call = self._held = None

    def register(self):
        self.phone.register(DOMAIN)

    def is_registered(self):
        return True

    def forget(self):
        self.phone.ringing = self._call = self._held = None

    def call(self, user):
        self._call = self.phone.call(user, DOMAIN)

    def rings(self):
        return self.phone.ringing

    def take(self):
        self._call = self.phone.ringing
        self._call.take()

    def is_up(self):
        if self._call.is_answered() and not self._call.is_playing():
            self._call.play(self.says)
        return self._call.is_answered()

    def hold(self):
        self._call.hold()

    def resume(self):
        self._call.resume()

    def transfer(self, user):
        self._call.transfer(f"sip:{user}@{DOMAIN}")

    def consult(self, user):
        self._held = self._call
        self._held.hold()
        self.call(user)

    def join(self):
        self._held.join(self._call)

    def hang_up(self):
        self._call.hang_up()

    def is_over(self):
        return self._call.is_over() and (self._held is None or self._held.is_over())

    def spoken(self):
        return self._call.codec()

    def sounds(self):
        return [self.phone.heard(self._call)]

    def quiet(self):
        self.phone.hang_up()

    def close(self):
        self.phone.close()


class Baresip(baresip.Phone):
    """baresip, as Ben's phone."""

    name, number, says = "baresip", "112", 700
    account, place, codec = "ben-desk", 12, "g711"
    is_silent_on_hold = True
    # Its recorder stays where its own hold stopped it, though sound comes and goes again: it is asked what came.
    records_after_its_hold = False

    def __init__(self, net, switch, folder, over):
        place, home = f"{net}.{self.place}", folder / f"baresip-{self.account}"
        super().__init__(self.account, DOMAIN, place, switch, home, self.says, codec=self.codec)
        self._old, self._calls = [], 1

    def is_registered(self):
        return self.seen("REGISTER_OK")

    def forget(self):
        super().forget()
        self._old, self._calls = self.recordings(), 1

    def rings(self):
        return self.seen("CALL_INCOMING")

    def is_up(self):
        return self.count("CALL_ESTABLISHED") == self._calls

    def consult(self, user):
        self._calls += 1
        super().consult(user)

    def is_over(self):
        return self.count("CALL_CLOSED") == self._calls

    def sounds(self):
        return [tone.read(recording) for recording in self.recordings() if recording not in self._old]

    def quiet(self):
        self.hang_up()


class Linphone(linphone.Phone):
    """linphonec, as Cho's phone."""

    name, number, says = "linphonec", "113", 1000
    # It plays its file to whom it holds, as music.
    is_silent_on_hold = False
    records_after_its_hold = True

    def __init__(self, net, switch, folder, over):
        super().__init__("cho-desk", DOMAIN, switch, folder / "linphone", self.says, LINPHONE_PORTS[over])

    def consult(self, user):
        self.hold()
        self.call(user)

    def sounds(self):
        return [tone.read(self.recording())]

    def quiet(self):
        self.hang_up()


ALL = (Pjsua, Baresip, Linphone)


class Story:
    """What any two of them do."""

    def __init__(self, phones):
        self.phones = phones
        self._loop = phones[0].phone

    @classmethod
    @contextlib.contextmanager
    def of(cls, kinds, way, folder, over="udp"):
        """What phones of these kinds do on their way to the switch; they are gone in the end."""
        net = way.partition(":")[0].rpartition(".")[0]
        with contextlib.ExitStack() as leaving:
            yield cls([leaving.enter_context(contextlib.closing(kind(net, way, folder, over))) for kind in kinds])

    def wait(self, what, happens):
        """Lives on until something happens."""
        return self._loop.wait(what, happens)

    def live(self, seconds):
        """Lives on for a while."""
        self._loop.live(seconds)

    def register(self):
        """All register."""
        for phone in self.phones:
            phone.register()
        for phone in self.phones:
            self.wait(f"the registration of {phone.name}", phone.is_registered)

    def call(self, caller, callee, holder, ends):
        """One calls the other, one of them holds and takes back, one of them hangs up."""
        self.connect(caller, callee)
        holder.hold()
        self.live(HOLD)
        if not holder.is_silent_on_hold:
            expect(holder.holds(), f"{holder.name} does not say that it holds")
        before = 0 if holder.records_after_its_hold else self._came(holder)
        holder.resume()
        self.live(TALK)
        if not holder.records_after_its_hold:
            came = self._came(holder) - before
            expect(came >= CAME, f"{came} packets came to {holder.name} after its hold")
        self.part(ends, caller, callee)
        for phone, other in ((caller, callee), (callee, caller)):
            wanted = HEARD if phone is not holder or phone.records_after_its_hold else HEARD_BEFORE
            heard = self.expect_heard(phone, other, wanted)
            if other is holder and other.is_silent_on_hold:
                expect(heard <= AT_MOST, f"{phone.name} heard {other.name} for {heard:.2f} s, hold and all")

    def transfer(self, caller, callee, is_attended):
        """One calls the other, who brings it together with the third."""
        third = next(phone for phone in self.phones if phone not in (caller, callee))
        self.connect(caller, callee)
        bring = callee.consult if is_attended else callee.transfer
        bring(third.number)
        self._answer(third)
        self.wait(f"the answer at {third.name}", third.is_up)
        if is_attended:
            self.wait(f"the answer for {callee.name}", callee.is_up)
            self.live(0.5)
            callee.join()
        self.wait(f"the parting of {callee.name}", callee.is_over)
        self.live(2 * TALK)
        self.part(third, caller, third)
        for phone, other in ((caller, third), (third, caller)):
            self.expect_heard(phone, other, HEARD)

    def _came(self, phone):
        phone.ask_what_came()
        return int(self.wait(f"what {phone.name} says of its sound", phone.came))

    def connect(self, caller, callee):
        """One calls the other, and both talk for a while."""
        for phone in self.phones:
            phone.forget()
        caller.call(callee.number)
        self._answer(callee)
        for phone in (caller, callee):
            self.wait(f"the answer at {phone.name}", phone.is_up)
        self.live(TALK)

    def _answer(self, phone):
        self.wait(f"the ringing of {phone.name}", phone.rings)
        phone.take()

    def part(self, ends, *both):
        """Both still talk, until one of them hangs up."""
        for phone in both:
            expect(not phone.is_over(), f"the call of {phone.name} ended by itself")
        ends.hang_up()
        for phone in both:
            self.wait(f"the end at {phone.name}", phone.is_over)
        self.live(0.3)

    def expect_heard(self, phone, other, wanted):
        """One has to have heard the other for so long; returns for how long it did."""
        heard = sum(tone.seconds_of(sound, other.says) for sound in phone.sounds())
        expect(heard >= wanted, f"{phone.name} heard {other.name} for {heard:.2f} s of {2 * TALK} s")
        return heard

    def quiet(self):
        """Ends what a failed check left."""
        for phone in self.phones:
            phone.quiet()
        self.live(0.5)


def connections(host, port):
    """How many connections stand to the switch there."""
    switch = f"{int.from_bytes(socket.inet_aton(host), 'little'):08X}:{port:04X}"
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
    return sum(1 for row in rows if row[2] == switch and row[3] == "01")


def distrusts(net, way, folder):
    """A PJSUA2 that knows other certificates does not register: ends with 0 then. The library has one life in a process."""
    phone = pjsua.Phone("ana-desk", f"{net}.11", way, folder, "tls", NOT_OURS)
    with contextlib.closing(phone):
        try:
            phone.register(DOMAIN)
        except Failure as why:
            print(why, flush=True)
            return
    sys.exit(1)


def main(switch, folder, over, whole=None):
    """Tells the story."""
    checks = Checks(lasts=300 if whole else 215)
    folder = pathlib.Path(folder).resolve()
    host, _, port = switch.rpartition(":")
    net = host.rpartition(".")[0]
    port = int(port) + (over == "tls")
    way = f"{host}:{port}" if over == "udp" else f"{host}:{port};transport={over}"
    if over == "tls":
        with checks.check("PJSUA2 does not talk to whom its certificates do not lead to"):
            other = multiprocessing.Process(target=distrusts, args=(net, way, folder))
            other.start()
            other.join()
            expect(other.exitcode == 0, "it registered")
            log = (folder / "pjsua.log").read_text(errors="replace")
            expect("certificate" in log, "it does not say that it is for the certificate")
    with Story.of(ALL, way, folder, over) as story:
        with checks.check(f"over {over} all three register"):
            story.register()
            count = connections(host, port)
            expect(count == (0 if over == "udp" else len(story.phones)), f"{count} connections stand")
        for caller, callee in itertools.permutations(story.phones, 2):
            for holder, ends in [(caller, callee), (callee, caller)][: 2 if whole else 1]:
                calls = f"over {over} {caller.name} calls {callee.name}"
                with checks.check(f"{calls}, both hear, {holder.name} holds, {ends.name} hangs up"):
                    story.call(caller, callee, holder, ends)
                    continue
                story.quiet()
            for how in ("blind", "attended"):
                with checks.check(f"over {over} {callee.name} transfers {caller.name}, {how}, to the third"):
                    story.transfer(caller, callee, how == "attended")
                    continue
                story.quiet()
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
