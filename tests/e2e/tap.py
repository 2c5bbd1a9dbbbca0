"""Promises as TAP: each is a function whose name says what it keeps; Skip leaves one out, loudly."""
import signal
import time


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


def run(promises):
    """Returns how many were broken."""
    heed_signals()
    print('1..%d' % len(promises))
    broken = 0
    for count, promise in enumerate(promises, 1):
        name = promise.__name__.replace('_', ' ')
        began = time.time()
        try:
            promise()
            print('ok %d - %s' % (count, name))
        except Skip as why:
            print('ok %d - %s # SKIP %s' % (count, name, why))
        except Exception as why:
            broken += 1
            print('not ok %d - %s' % (count, name))
            print('# ' + repr(why)[:2000].replace('\n', ' '))
        print('# %.1f s' % (time.time() - began), flush=True)
    return broken
