"""A program at a terminal of its own, where it is answered when it asks."""
import os, pty, time


def at_a_terminal(words, env, reply='y', seconds=120):
    """Types `reply` at each [y/N]; (exit code, all that was shown). The clock is looked at between pieces of what is shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(words[0], words, env)
    shown, until = b'', time.time() + seconds
    while time.time() < until:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if shown.endswith(b'[y/N]? '):
            os.write(terminal, reply.encode() + b'\n')
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode('utf-8', 'replace')
