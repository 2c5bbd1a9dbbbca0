"""What promises of the whole program share: a home of its own, the program run in it, a terminal to type at, a scripted cloud on
loopback (tests/support/cloud_server.py) and a look at all that went over its wire.

The program is argument 1 of the test.
"""
import base64, json, os, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
import tap  # first: what listens has to be where everything is
import cloud_server
import terminal

NAME = os.path.splitext(os.path.basename(sys.argv[0]))[0]
HEARTH = os.path.abspath(sys.argv[1])
HOME = tempfile.mkdtemp(prefix='hearth-%s-' % NAME)
ENV = {k: v for k, v in os.environ.items() if 'proxy' not in k.lower() and k != 'CREDENTIALS_DIRECTORY'}
ENV.update(HEARTH_HOME=HOME, NO_COLOR='1')
FAILED, USAGE, NOT_FOUND, DENIED, REMOTE, CORRUPT = 1, 2, 3, 4, 5, 6  # exit codes
cloud = cloud_server.Cloud()


def hearth(*words, stdin='', env=ENV, timeout=300):
    """(exit code, stdout, stderr)"""
    run = subprocess.run([HEARTH, *words], input=stdin.encode(), capture_output=True, env=env, timeout=timeout,
                         start_new_session=True)
    return run.returncode, run.stdout.decode('utf-8', 'replace'), run.stderr.decode('utf-8', 'replace')


def at_a_terminal(*words, reply='y', asked=True, env=ENV):
    """Runs at a terminal of its own and types `reply` at each [y/N]; (exit code, all that was shown). asked: it must have been asked."""
    code, shown = terminal.at_a_terminal([HEARTH, *words], env, reply)
    assert not asked or '[y/N]?' in shown, shown
    return code, shown


def ledger():
    code, out, err = hearth('egress', 'log', '--json')
    assert code == 0, err
    return json.loads(out)['entries']


def wire_is_clean(private):
    """Nothing private went over the wire: not as it is, not inside JSON, not in base64."""
    low = cloud.raw.lower()
    for secret in private:
        for form in (secret, json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()):
            assert form.lower().encode() not in low, form


def finish(broken):
    cloud.close()
    shutil.rmtree(HOME, ignore_errors=True)
    sys.exit(1 if broken else 0)
