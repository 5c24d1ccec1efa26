"""Tones in sound files: written, and found again by the Goertzel algorithm.

Knows nothing of phones. All sound is 16-bit linear.
"""

import array
import math
import wave

RATE = 8000
FRAME = RATE // 20
"""Fifty milliseconds: whole periods of every multiple of 20 Hz, so that such tones don't blur one another."""

PURE = 0.8
"""The part of a frame's power that has to be at the tone's frequency. G.711 leaves a tone above 0.99."""

AUDIBLE = 300
"""The root mean square below which a frame is silence: forty decibels below full scale."""


def write(path, hertz, seconds, rate=RATE, channels=1, peak=8000):
    """Writes a tone, the same on each channel."""
    turn = 2 * math.pi * hertz / rate
    heights = (round(peak * math.sin(turn * at)) for at in range(int(seconds * rate)))
    samples = array.array("h", (height for height in heights for _ in range(channels)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def read(path):
    """The samples of a file. Of one with more samples or channels some are left out: tones are low enough for that."""
    with wave.open(str(path), "rb") as file:
        channels, size, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
        if size != 2 or rate % RATE:
            raise ValueError(f"{path} has {size} bytes a sample, {rate} a second")
        return array.array("h", file.readframes(file.getnframes()))[:: channels * rate // RATE]


def purity(frame, hertz):
    """The part of the frame's power that is at this frequency, 0 to 1."""
    twice_cosine = 2 * math.cos(2 * math.pi * hertz / RATE)
    last, before = 0.0, 0.0
    for sample in frame:
        last, before = sample + twice_cosine * last - before, last
    at_frequency = last * last + before * before - twice_cosine * last * before
    power = sum(sample * sample for sample in frame)
    return 2 * at_frequency / (len(frame) * power) if power else 0.0


def seconds_of(samples, hertz):
    """How long a tone is heard, and nothing beside it."""
    count = sum(1 for frame in _audible(samples) if purity(frame, hertz) >= PURE)
    return count * FRAME / RATE


def pitch(samples):
    """The frequency, a multiple of 20 Hz, that the sound begins with."""
    first = next(_audible(samples), None)
    if first is None:
        raise ValueError("silence has no pitch")
    return max(range(200, 2000, 20), key=lambda hertz: purity(first, hertz))


def _audible(samples):
    """The frames that are no silence."""
    for at in range(0, len(samples) - FRAME + 1, FRAME):
        frame = samples[at : at + FRAME]
        if sum(sample * sample for sample in frame) >= AUDIBLE**2 * FRAME:
            yield frame
