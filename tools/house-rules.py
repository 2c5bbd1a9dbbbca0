#!/usr/bin/env python3
"""The rules of the house that a compiler does not know. Each rule is one test.

usage: tools/house-rules.py [--list]      (in the repository's root)

A broken rule prints its places and makes the exit status 1; the last line counts. What is read is
what git tracks or would add (all files where there is no git). C is read roughly: comments and
literals are blanked, then braces are counted; that is enough because the style is uniform.
"""
import os
import re
import subprocess
import sys

FILE_LINES, FUNCTION_LINES, PARAMETERS, COLUMNS = 1200, 70, 5, 100
ESSAY_LINES, ESSAY_FROM = 6, 150  # a .c file of that many lines opens with so long an essay

# Who may include whom: room -> prefixes of what it may include besides its own files (model: also
# its parts, which do not know each other). A room is the longest key that its path begins with.
ARROWS = {
    'base': [],
    'model': ['base/'],
    'model/file': ['base/'],
    'model/text': ['base/'],
    'model/kernels': ['base/'],
    'knowledge': ['base/', 'knowledge/read/wire.h'],
    'knowledge/read': ['base/', 'knowledge/doc.h'],
    'gate': ['base/'],
    'shelf': ['base/', 'model/file/', 'gate/send.h'],
    'route': ['base/'],
    'agent': ['base/', 'gate/', 'turn/step.h'],
    'lab': ['base/', 'model/', 'knowledge/', 'route/', 'gate/'],
    'mesh': ['base/', 'knowledge/', 'gate/'],
    'turn': ['base/', 'model/', 'knowledge/', 'gate/', 'shelf/', 'route/', 'agent/', 'lab/',
             'mesh/', 'turn/'],
    'api': ['base/', 'model/', 'knowledge/', 'gate/', 'shelf/', 'route/', 'agent/', 'lab/',
            'mesh/', 'turn/', 'hearth.h'],
    'serve': ['base/', 'hearth.h'],
    'cli': ['base/', 'hearth.h'],
}
# System headers that belong to few files: header -> path prefixes that may include it.
ONLY_IN = {
    r'utf8proc\.h': ['src/base/utf8.c'],
    r'jansson\.h': ['src/base/json.c'],
    r'sodium\.h': ['src/base/hash.c', 'src/base/seal.c'],
    r'curl/.*': ['src/gate/send.c'],
    r'pcre2\.h': ['src/gate/pattern.c'],
    r'spawn\.h': ['src/gate/pip.c', 'src/knowledge/extract.c'],
    r'sqlite3\.h': ['src/knowledge/'],
    r'(sys/socket|netinet/.*|arpa/inet|netdb)\.h': ['src/gate/send.c', 'src/serve/', 'src/mesh/',
        'src/knowledge/extract.c', 'src/knowledge/read/main.c'],  # a socketpair to the child
    r'(archive|archive_entry)\.h': ['src/knowledge/read/', 'src/shelf/wheel.c'],
    r'(expat|gumbo|md4c|md4c-html)\.h': ['src/knowledge/read/'],
    r'zlib\.h': ['src/knowledge/read/inflate.c'],
}
# What lies at the top of the repository. Anything else got there by mistake (a program's scratch folder).
TOP = ('.ci .clang-format .editorconfig .gitignore ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md LICENSE '
       'Makefile README.md SECURITY.md doc examples include meson.build meson_options.txt src tests tools').split()
FILE_BYTES = 3 << 20  # the largest model that ships in the source is 2.6 MB
HEAP = 'malloc|calloc|realloc|reallocarray|free|strdup|strndup|aligned_alloc|posix_memalign'
BANNED = ('strcpy|strcat|stpcpy|sprintf|vsprintf|gets|atoi|atol|atoll|atof|strtok|system|popen|'
          'alloca|tmpnam|mktemp')


def tracked():
    try:
        out = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                             capture_output=True, check=True).stdout.decode()
        return sorted(name for name in out.split('\0') if name and os.path.isfile(name))
    except (OSError, subprocess.CalledProcessError):
        found = []
        for folder, folders, names in os.walk('.'):
            folders[:] = [f for f in folders if not f.startswith(('.', 'build'))]
            found += [os.path.relpath(os.path.join(folder, name), '.') for name in names]
        return sorted(found)


def read(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


def blank(match):
    return re.sub(r'[^\n]', ' ', match.group(0))


def code_of(text):
    """The text with comments, literals and preprocessor lines blanked; line numbers stay."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)
    return re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', blank, text, flags=re.M)


def parameters_of(code, close):
    """Number of parameters of the list that ends at code[close] == ')', and where it begins."""
    depth, commas, i = 0, 0, close
    while i >= 0:
        if code[i] == ')':
            depth += 1
        elif code[i] == '(':
            depth -= 1
            if depth == 0:
                break
        elif code[i] == ',' and depth == 1:
            commas += 1
        i -= 1
    inside = code[i + 1:close].strip()
    if inside.endswith('...'):
        commas -= 1
    reports = inside.endswith('err')  # an error and one result come on top: they are no inputs
    return (0 if inside in ('', 'void') else commas + 1) - (2 if reports else 0), i


def functions_of(code):
    """(name, first line, lines, parameters) of each function body at the top level."""
    depth, found, start = 0, [], None
    for i, c in enumerate(code):
        if c == '{':
            before = code[:i].rstrip()
            if depth == 0 and before.endswith(')'):
                count, at = parameters_of(code, len(before) - 1)
                word = re.search(r'(\w+)\s*$', code[max(0, at - 80):at])
                start = (word.group(1) if word else '?', code.count('\n', 0, at) + 1, count)
            depth += 1
        elif c == '}':
            depth -= 1
            if depth == 0 and start:
                found.append((start[0], start[1], code.count('\n', 0, i) + 2 - start[1], start[2]))
                start = None
    return found


def room_of(path):
    """'src/model/file/gguf.c' -> 'model/file'; None outside src/."""
    if not path.startswith('src/'):
        return None
    keys = [k for k in ARROWS if path[4:].startswith(k + '/')]
    return max(keys, key=len) if keys else None


def may_include(room, name):
    if any(name == allowed or (allowed.endswith('/') and name.startswith(allowed))
           for allowed in ARROWS[room]):
        return True
    home = room_of('src/' + name)
    return home == room or (room == 'model' and (home or '').startswith('model/'))


# What follows the process's locale: base/plain.c has it. A real in a format is looked for as far as the
# statement goes; what doors print is theirs.
LOCAL = ('vsnprintf|vfprintf|vprintf|vdprintf|strtod|strtof|strtold|sscanf|fscanf|setlocale|strftime|strcoll|'
         'tolower|toupper|isalpha|isdigit|isalnum|isspace|isupper|islower|ispunct|isprint|isgraph|'
         'strcasecmp|strncasecmp|strcasestr')
REAL_FORMAT = re.compile(r'(?<!\w)[sfd]n?printf\([^;]*?"[^";]*%[-+ #0]*[\d*]*(?:\.[\d*]*)?[aefgAEFG]')


class Rules:
    def __init__(self):
        files = tracked()
        self.files = files
        self.c = [f for f in files if f.endswith(('.c', '.h'))]
        self.ours = [f for f in self.c if f.startswith(('src/', 'include/'))]
        self.text = {f: read(f) for f in self.c}
        self.code = {f: code_of(self.text[f]) for f in self.c}

    def arrows(self):
        """who may include whom (house, section 1)"""
        for path in self.ours:
            room = room_of(path)
            if path.startswith('src/') and not room:
                yield path, 1, 'a room that is not in the table'
            for n, line in enumerate(self.text[path].split('\n'), 1):
                hit = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
                if not hit or not room:
                    continue
                name = hit.group(1)
                if '/' not in name and name != 'hearth.h':
                    yield path, n, f'"{name}" is written without its room'
                elif not may_include(room, name):
                    yield path, n, f'{room} may not include {name}'

    def one_includer(self):
        """a foreign library is included by the files that wrap it"""
        for path in self.ours:
            for n, line in enumerate(self.text[path].split('\n'), 1):
                hit = re.match(r'\s*#\s*include\s+<([^>]+)>', line)
                for header, homes in ONLY_IN.items():
                    if hit and re.fullmatch(header, hit.group(1)) and \
                            not any(path.startswith(home) for home in homes):
                        yield path, n, f'<{hit.group(1)}> belongs to {", ".join(homes)[:80]}'

    def file_length(self):
        """files have at most 1200 lines (generated *_data.c are exempt)"""
        for path in self.c:
            n = self.text[path].count('\n')
            if n > FILE_LINES and not path.endswith('_data.c'):
                yield path, n, f'{n} lines'

    def function_length(self):
        """functions have at most 70 lines"""
        for path in self.ours:
            for name, line, lines, _ in functions_of(self.code[path]):
                if lines > FUNCTION_LINES:
                    yield path, line, f'{name} has {lines} lines'

    def parameters(self):
        """functions have at most 5 parameters, one result and Err *err on top"""
        for path in self.ours:
            for name, line, _, count in functions_of(self.code[path]):
                if count > PARAMETERS:
                    yield path, line, f'{name} has {count} parameters'

    def banned_calls(self):
        """no heap but base/mem, no unsafe string calls, no shell, no environment outside base"""
        for path in self.ours:
            words = BANNED
            if path != 'src/base/mem.c':
                words += '|' + HEAP
            if not path.startswith('src/base/'):
                words += '|getenv|secure_getenv'
            pattern = re.compile(r'(?<![\w.])(?<!->)(' + words + r')\s*\(')
            for n, line in enumerate(self.code[path].split('\n'), 1):
                for hit in pattern.finditer(line):
                    yield path, n, f'{hit.group(1)}()'

    def plain_words(self):
        """numbers and letters do not follow the locale: base/plain.h has the words"""
        pattern = re.compile(r'(?<![\w.])(?<!->)(' + LOCAL + r')\s*\(')
        for path in self.ours:
            if path == 'src/base/plain.c':
                continue
            for n, line in enumerate(self.code[path].split('\n'), 1):
                for hit in pattern.finditer(line):
                    yield path, n, f'{hit.group(1)}()'
            for hit in REAL_FORMAT.finditer(self.text[path]) if not path.startswith('src/cli/') else ():
                yield path, self.text[path].count('\n', 0, hit.start()) + 1, 'a real in a format of snprintf'

    def essays(self):
        """every file opens with an essay"""
        for path in self.c:
            head = re.match(r'/\*.*?\*/', self.text[path], flags=re.S)
            lines = head.group(0).count('\n') + 1 if head else 0
            long = path.startswith('src/') and path.endswith('.c') and \
                self.text[path].count('\n') >= ESSAY_FROM and not path.endswith('_data.c')
            if lines == 0:
                yield path, 1, 'opens without a comment'
            elif long and lines < ESSAY_LINES:
                yield path, 1, f'an essay of {lines} lines'

    def columns(self):
        """lines of C have at most 100 columns, no tabs, no blanks at the end"""
        for path in self.c:
            if path.endswith('_data.c'):
                continue
            for n, line in enumerate(self.text[path].split('\n'), 1):
                if len(line) > COLUMNS:
                    yield path, n, f'{len(line)} columns'
                elif '\t' in line or line != line.rstrip():
                    yield path, n, 'a tab or a blank at the end'

    def strays(self):
        """nothing at the top that does not belong there, no file over 3 MiB"""
        for path in self.files:
            if path.split('/')[0] not in TOP:
                yield path, 1, 'not a place of this repository'
            elif os.path.getsize(path) > FILE_BYTES:
                yield path, 1, f'{os.path.getsize(path)} bytes'

    def foreign_places(self):
        """no package registry's host and no path of a build machine in any text file"""
        hosts = '|'.join(re.escape(a + b) for a, b in (
            ('py', 'pi.org'), ('pythonhosted', '.org'), ('registry.npm', 'js.org'),
            ('crates', '.io'), ('proxy.go', 'lang.org'), ('rubygems', '.org')))
        pattern = re.compile(hosts + '|/wo' + r'rk/(?:main|wt|lab|shared)\b')
        for path in self.files:
            if os.path.getsize(path) > 1 << 20 or path.startswith('tests/fuzz/seeds/'):
                continue
            for n, line in enumerate(read(path).split('\n'), 1):
                hit = pattern.search(line)
                if hit:
                    yield path, n, hit.group(0)

    def links(self):
        """links of pages lead somewhere, decisions that a text names are there and in their index"""
        folder = 'doc/decisions/'
        there = {os.path.basename(path)[:4] for path in self.files if re.match(folder + r'\d{4}-', path)}
        index = set(re.findall(r'^- \[(\d{4})\]', read(folder + 'README.md'), re.M))
        for number in sorted(there ^ index):
            yield folder + 'README.md', 1, f'decision {number} is not both a page and a line here'
        for path in self.files:
            if not path.endswith(('.md', '.c', '.h', '.py')) or path.startswith('tests/fuzz/seeds/'):
                continue
            for n, line in enumerate(read(path).split('\n'), 1):
                for number in re.findall(r'\bdecisions?[ /](\d{4})\b', line):
                    if number not in there:
                        yield path, n, f'decision {number}'
                for to in re.findall(r'\]\(([^)#\s:]+)(?:#[^)\s]*)?\)', line) if path.endswith('.md') else ():
                    if not os.path.exists(os.path.join(os.path.dirname(path), to)):
                        yield path, n, to

    def docstrings(self):
        """a function that a header declares stands below a comment, alone or with its family"""
        for path in self.ours:
            if not path.endswith('.h') or path.endswith('_data.h'):
                continue
            told, depth, raw = False, 0, self.text[path].split('\n')
            for n, line in enumerate(self.code[path].split('\n'), 1):
                said = raw[n - 1].strip()
                if not said or said.startswith('#'):
                    told = False  # a blank line ends the family
                elif not line.strip():
                    told = True
                elif depth == 0 and re.match(r'(?!typedef|static|struct \w+;|_Static)[A-Za-z][\w \*]*[ \*]\w+\(', line) \
                        and not told and '/*' not in said:
                    yield path, n, said[:60]
                depth += line.count('{') - line.count('}')

    def options(self):
        """an option of the terminal is taken by a command, read by it, and there where a page names it"""
        table, door = 'src/cli/table.c', [f for f in self.c if f.startswith('src/cli/')]
        specs = set(re.findall(r'^    \{\.name = "([a-z-]+)"', self.text[table], re.M))
        lists = re.findall(r'^(?:#define|static const char \*const on_)(.*?)(?:;\n|\n(?=#|\n))', self.text[table], re.M | re.S)
        taken = set(re.findall(r'"([a-z-]+)"', ' '.join(lists)))
        words = set(re.findall(r'"([a-z-]+)"', ' '.join(self.text[f] for f in door if f != table)))
        for what, names in (('is no option', taken - specs), ('is taken by no command', specs - taken),
                            ('is read by nobody', specs - words)):
            for name in sorted(names):
                yield table, 1, f'--{name} {what}'
        for page in ('README.md', 'SECURITY.md', 'doc/json.md', 'src/cli/README.md'):
            for n, line in enumerate(read(page).split('\n'), 1):
                for name in re.findall(r'(?<![\w-])--([a-z][a-z-]+)', line):
                    if name not in specs | {'help', 'version'}:
                        yield page, n, f'hearth has no --{name}'

    def guides(self):
        """every room has a guide, which names each of its files and none that is not there"""
        for room in sorted({f.split('/')[1] for f in self.c if f.startswith('src/')}):
            if f'src/{room}/README.md' not in self.files:
                yield f'src/{room}', 1, 'has no README.md'
        for path in self.files:
            folder = os.path.dirname(path) + '/'
            if not path.startswith('src/') or os.path.basename(path) != 'README.md':
                continue
            here = {f[len(folder):] for f in self.c if f.startswith(folder)}
            words = set(re.findall(r'(?<![\w*/])[\w/]+\.[ch]\b', read(path)))
            bases = {os.path.basename(f) for f in here}
            for name in sorted(here):
                if name.endswith('.c') and not name.endswith('_data.c') and \
                        not {name, os.path.basename(name)} & words:
                    yield path, 1, f'{name} is not named'
            for word in sorted(words - here - bases):
                if not any(f == word or f.endswith('/' + word) for f in self.c):
                    yield path, 1, f'{word} is not there'

    def lists(self):
        """a list of words that base/lists.h looks through ends with NULL"""
        for path in self.ours:
            text = self.text[path]
            for call in re.finditer(r'\b(?:list_(?:has|in|starts|ends)|fold_(?:has|ends|is)_any(?:_word)?|takes_any|anchor_heads)\([^;]*?, (\w+)\)', text):
                before = text[:call.start()]
                made = re.findall(r'(?<!\w)%s\[\] = \{((?:[^"}]|"[^"]*")*)\}|\*%s[,)]' % ((call.group(1),) * 2), before)
                if made and made[-1] and not made[-1].rstrip().endswith('NULL'):
                    yield path, before.count('\n') + 1, f'{call.group(1)} does not'


def main():
    rules = Rules()
    names = ['arrows', 'one_includer', 'file_length', 'function_length', 'parameters',
             'banned_calls', 'plain_words', 'essays', 'columns', 'strays', 'foreign_places', 'links', 'docstrings', 'options', 'guides',
             'lists']
    if '--list' in sys.argv:
        print('\n'.join(f'{name}: {getattr(Rules, name).__doc__}' for name in names))
        return 0
    failed = 0
    for name in names:
        places = list(getattr(rules, name)())
        print(f'{"not ok" if places else "ok"} - house rule {name}: {getattr(Rules, name).__doc__}')
        for path, line, what in places[:40]:
            print(f'    {path}:{line}: {what}')
        if len(places) > 40:
            print(f'    and {len(places) - 40} more')
        failed += bool(places)
    lines = sum(rules.text[f].count('\n') for f in rules.ours)
    print(f'# {len(rules.ours)} files, {lines} lines in src and include; '
          f'{len(names) - failed} rules kept, {failed} broken')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
