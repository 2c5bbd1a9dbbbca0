"""Promises as TAP: each is a function whose name says what it keeps; Skip leaves one out, loudly.

Whoever imports this is moved into a network namespace of its own, where the kernel allows it: a loopback device and no other, no
route. So the promise that nothing leaves is kept under all that end to end tests do, not only where somebody thought of it: what
wants out is refused by the kernel and counted (OutNoRoutes of /proc/net/snmp, Ip6OutNoRoutes of snmp6), and a promise that makes the
count grow is broken, but for those that want out on purpose.
"""
import ctypes
import fcntl
import os
import signal
import socket
import struct
import time

NEW_USER, NEW_NET = 0x10000000, 0x40000000  # unshare(2)


class Skip(Exception):
    pass


def sanitized(program):
    with open(program, 'rb') as f:
        return b'__asan_init' in f.read() or b'__tsan_init' in f.read()


def heed_signals():
    """Whoever started us may have had them ignored (nohup, a job in the background); programs inherit that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def enter():
    """Into a namespace of one's own, as the user that one is; OSError where that is not allowed."""
    libc, who, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    if libc.unshare(NEW_NET) != 0:
        if libc.unshare(NEW_USER | NEW_NET) != 0:
            raise OSError(ctypes.get_errno(), 'unshare')
        for name, text in (('setgroups', 'deny'), ('uid_map', '%d %d 1' % (who, who)), ('gid_map', '%d %d 1' % (group, group))):
            with open('/proc/self/' + name, 'w') as f:
                f.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack('16sH', b'lo', 1) + bytes(22))  # SIOCSIFFLAGS, IFF_UP


def alone():
    """Tried by a child first: half a way in, there would be no loopback."""
    child = os.fork()
    if child == 0:
        try:
            enter()
            os._exit(0)
        except OSError:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        return False
    enter()
    return True


ALONE = alone()


def wanted_out():
    """Packets and connections that found no way out of this namespace."""
    names, values = [line.split()[1:] for line in open('/proc/net/snmp') if line.startswith('Ip:')]
    six = [int(line.split()[1]) for line in open('/proc/net/snmp6') if line.startswith('Ip6OutNoRoutes')]
    return int(dict(zip(names, values))['OutNoRoutes']) + sum(six)


def keep(promise, outward):
    before = wanted_out()
    promise()
    assert not ALONE or promise in outward or wanted_out() == before, 'something wanted to leave this machine'


def run(promises, outward=()):
    """Returns how many were broken; those of `outward` may want to leave this machine."""
    heed_signals()
    print('1..%d' % len(promises))
    print('# ' + ('alone with a loopback device: what wants out is counted' if ALONE else 'no network namespace can be made here'))
    broken = 0
    for count, promise in enumerate(promises, 1):
        name = promise.__name__.replace('_', ' ')
        began = time.time()
        try:
            keep(promise, outward)
            print('ok %d - %s' % (count, name))
        except Skip as why:
            print('ok %d - %s # SKIP %s' % (count, name, why))
        except Exception as why:
            broken += 1
            print('not ok %d - %s' % (count, name))
            print('# ' + repr(why)[:2000].replace('\n', ' '))
        print('# %.1f s' % (time.time() - began), flush=True)
    return broken
