"""The two real phones of talk.py, over TLS: they register, call each other, and each hears the other's tone.

Usage: tls.py SWITCH_IP:PORT FOLDER
"""

import sys

import talk

if __name__ == "__main__":
    talk.main(*sys.argv[1:], over="tls")
