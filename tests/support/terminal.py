"""A program at a terminal of its own, where it is answered when it asks."""
import os, pty, time


def pieces(terminal):
    """What is shown at a terminal, piece by piece, until nobody writes to it any more."""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            return
        if not piece:
            return
        yield piece


def at_a_terminal(words, env, reply='y', seconds=120):
    """Types `reply` at each [y/N]; (exit code, all that was shown). The clock is looked at between pieces of what is shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(words[0], words, env)
    shown, until = b'', time.time() + seconds
    for piece in pieces(terminal):
        shown += piece
        if shown.endswith(b'[y/N]? '):
            os.write(terminal, reply.encode() + b'\n')
        if time.time() >= until:
            break
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode('utf-8', 'replace')
