"""A PJSUA2 phone without a sound device: plays a tone into each call and records what it hears.

PJSUA2 runs in this thread alone, and only while something is waited for.
"""

import time

import pjsua2

import tone
from checks import Failure

PATIENCE = 8
"""Seconds in which everything that is waited for has to happen."""


class Account(pjsua2.Account):
    """The phone's registration; hands incoming calls to the phone."""

    def __init__(self, phone):
        super().__init__()
        self._phone = phone
        self.status = 0

    def onRegState(self, prm):
        """The switch has answered a REGISTER, or there was none to be asked."""
        self.status = prm.code

    def onIncomingCall(self, prm):
        """The switch calls: the phone rings."""
        call = Call(self._phone, self, prm.callId)
        answer = pjsua2.CallOpParam()
        answer.statusCode = 180
        call.answer(answer)
        self._phone.ringing = call

    def onMwiInfo(self, prm):
        """The switch tells how a mailbox stands (RFC 3842)."""
        for line in prm.rdata.wholeMsg.splitlines():
            name, _, value = line.partition(":")
            if name.strip().lower() == "messages-waiting":
                self._phone.messages = value.strip()
            elif name.strip().lower() == "voice-message":
                self._phone.summary = value.split()[0]


class Lamp(pjsua2.Buddy):
    """Somebody or something that is watched, by presence."""

    def is_open(self):
        """Whether it is there."""
        return self._shown().status == pjsua2.PJSUA_BUDDY_STATUS_ONLINE

    def is_busy(self):
        """Whether it says that it is busy."""
        return self._shown().activity == pjsua2.PJRPID_ACTIVITY_BUSY

    def _shown(self):
        return self.getInfo().presStatus


class Call(pjsua2.Call):
    """A call, with its tone and its recording."""

    def __init__(self, phone, account, number=pjsua2.PJSUA_INVALID_ID):
        super().__init__(account, number)
        self.state = pjsua2.PJSIP_INV_STATE_NULL
        self.status = 0
        self.recording = phone.remember(self)
        self._recorder = None
        self._tone = None

    def onCallState(self, prm):
        """Keeps the state, and closes the recording at the end."""
        told = self.getInfo()
        self.state, self.status = told.state, told.lastStatusCode
        if self.is_over():
            self._recorder = self._tone = None

    def onCallMediaState(self, prm):
        """Sound flows, or flows anew: records what is heard, says what is said."""
        told = self.getInfo()
        if not any(media.status == pjsua2.PJSUA_CALL_MEDIA_ACTIVE for media in told.media):
            return
        if not self._recorder:
            self._recorder = pjsua2.AudioMediaRecorder()
            self._recorder.createRecorder(str(self.recording))
        sound = self.getAudioMedia(-1)
        sound.startTransmit(self._recorder)
        if self._tone:
            self._tone.startTransmit(sound)

    def is_answered(self):
        """Whether it is through."""
        return self.state in (pjsua2.PJSIP_INV_STATE_CONNECTING, pjsua2.PJSIP_INV_STATE_CONFIRMED)

    def is_over(self):
        """Whether it has ended, by either side."""
        return self.state == pjsua2.PJSIP_INV_STATE_DISCONNECTED

    def take(self):
        """Answers it."""
        answer = pjsua2.CallOpParam()
        answer.statusCode = 200
        self.answer(answer)

    def play(self, hertz):
        """Says a tone until the call ends."""
        tone = pjsua2.ToneDesc()
        tone.freq1, tone.freq2, tone.on_msec, tone.off_msec, tone.volume = hertz, 0, 1000, 0, 8000
        tones = pjsua2.ToneDescVector()
        tones.append(tone)
        self._tone = pjsua2.ToneGenerator()
        self._tone.createToneGenerator(8000, 1)
        self._tone.play(tones, True)
        self._tone.startTransmit(self.getAudioMedia(-1))

    def codec(self):
        """What it speaks."""
        return self.getStreamInfo(0).codecName

    def is_playing(self):
        """Whether it says its tone."""
        return self._tone is not None

    def hold(self):
        """Puts the other on hold."""
        self.setHold(pjsua2.CallOpParam(True))

    def resume(self):
        """Takes the other back."""
        again = pjsua2.CallOpParam(True)
        again.opt.flag = pjsua2.PJSUA_CALL_UNHOLD
        self.reinvite(again)

    def transfer(self, uri):
        """The other is to talk to somebody else."""
        self.xfer(uri, pjsua2.CallOpParam(True))

    def join(self, other):
        """Those at the other ends of this and of another call are to talk to each other."""
        self.xferReplaces(other, pjsua2.CallOpParam(True))

    def press(self, key):
        """Presses a key (RFC 4733)."""
        self.dialDtmf(key)

    def hang_up(self):
        """Ends it."""
        self.hangup(pjsua2.CallOpParam(True))


class Phone:
    """A phone, known to the switch by its name; its password is the name and "-secret"."""

    def __init__(self, name, address, switch, folder, over="udp", roots=None):
        """Starts it. With certificates to begin from it talks TLS to nobody whom they do not lead to."""
        self._name, self._address, self._switch, self._folder = name, address, switch, folder
        self._calls = []
        self._lamps = []
        self._account = None
        self.ringing = None
        self.messages = None
        """Whether messages wait, as last told: "yes", "no" or nothing yet."""
        self.summary = None
        """How many are new and old: "1/0"."""
        self._endpoint = pjsua2.Endpoint()
        self._endpoint.libCreate()
        config = pjsua2.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.logConfig.consoleLevel = 0
        config.logConfig.level = 4
        config.logConfig.filename = str(folder / "pjsua.log")
        config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        self._endpoint.libInit(config)
        self._endpoint.audDevManager().setNullDev()
        listen = pjsua2.TransportConfig()
        listen.boundAddress = address
        if roots:
            listen.tlsConfig.CaListFile, listen.tlsConfig.verifyServer = str(roots), True
        transports = {"udp": pjsua2.PJSIP_TRANSPORT_UDP, "tcp": pjsua2.PJSIP_TRANSPORT_TCP, "tls": pjsua2.PJSIP_TRANSPORT_TLS}
        self._endpoint.transportCreate(transports[over], listen)
        self._endpoint.libStart()

    def speak(self, codec):
        """From here on it speaks this codec alone: `PCMU/8000`."""
        for known in self._endpoint.codecEnum2():
            self._endpoint.codecSetPriority(known.codecId, 255 if known.codecId.startswith(codec) else 0)

    def register(self, domain, asks_for_messages=False):
        """Registers, by digest, and waits until the switch says so."""
        config = pjsua2.AccountConfig()
        config.idUri = f"sip:{self._name}@{domain}"
        config.regConfig.registrarUri = f"sip:{domain}"
        config.sipConfig.proxies.append(f"sip:{self._switch};lr")
        secret = pjsua2.AuthCredInfo("digest", domain, self._name, 0, f"{self._name}-secret")
        config.sipConfig.authCreds.append(secret)
        config.mediaConfig.transportConfig.boundAddress = self._address
        config.mwiConfig.enabled = asks_for_messages
        self._account = Account(self)
        self._account.create(config)
        self.wait("an answer to PJSUA2's registration", lambda: self._account.status)
        if self._account.status != 200:
            raise Failure(f"PJSUA2 can not register: {self._account.status}")

    def call(self, user, domain):
        """Calls somebody."""
        call = Call(self, self._account)
        call.makeCall(f"sip:{user}@{domain}", pjsua2.CallOpParam(True))
        return call

    def watch(self, user, domain):
        """Watches somebody or something."""
        config = pjsua2.BuddyConfig()
        config.uri = f"sip:{user}@{domain}"
        config.subscribe = True
        lamp = Lamp()
        lamp.create(self._account, config)
        self._lamps.append(lamp)
        return lamp

    def wait(self, what, happens, seconds=PATIENCE):
        """Lives on until something happens, with what came of it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._endpoint.libHandleEvents(20)
            came = happens()
            if came:
                return came
        raise Failure(f"{what} did not come within {seconds} s")

    def live(self, seconds):
        """Lives on for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._endpoint.libHandleEvents(20)

    def heard(self, call):
        """What was heard in a call that is over. The file is whole a moment later."""
        self.live(0.3)
        return tone.read(call.recording)

    def remember(self, call):
        """A call has begun. Returns where its sound goes."""
        self._calls.append(call)
        return self._folder / f"pjsua-heard-{len(self._calls)}.wav"

    def hang_up(self):
        """Ends whatever is left."""
        self._endpoint.hangupAllCalls()
        self.live(0.3)
        self.ringing = None

    def close(self):
        """Unregisters and ends; the library has one life in a process."""
        self.hang_up()
        self._lamps.clear()
        if self._account:
            self._account.shutdown()
            self._account = None
        for call in self._calls:
            # Whoever still holds it must not free it in a library that is gone.
            call.thisown = False
        self._endpoint.libDestroy()
