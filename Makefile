# Thin on purpose: everything is meson's; this file only names what people type.
BUILD ?= build
PREFIX ?= /usr/local
# Absolute, and whole where it holds blanks; lib, as pkg-config looks in no lib64 on Debian.
PREFIX_PATH = "$$(realpath -ms "$(PREFIX)")"
# Unit tests in which threads meet; TSAN_TESTS= runs all of them.
THREADED = $(addprefix test_,api base batch cloud delegate engine form frame kv_disk round scarce seal speculate turn wave)
CHECK_ENV = FUZZ_SECONDS=$${FUZZ_SECONDS:-8}
.PHONY: build run deps check check-long check-threads fuzz bench bench-engine bench-gate bench-guard bench-route guard-model guard-probe route-prior tagger install uninstall clean
build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) hearth hearth-read
$(BUILD)/build.ninja:
	@command -v meson >/dev/null || { echo "meson is not here; make deps brings all that building takes" >&2; exit 1; }
	@meson setup --prefix=$(PREFIX_PATH) --libdir=lib --buildtype=release -Dtests=false $(BUILD)
run:
	@tools/run.sh
deps:
	@tools/deps.sh run
check:
	@tools/deps.sh check
	@$(CHECK_ENV) tools/check.sh
check-long:
	@tools/deps.sh check
	@tools/check-long.sh
check-threads:
	@tools/deps.sh check
	@TSAN_TESTS="$${TSAN_TESTS-$(THREADED)}" tools/check-long.sh tsan
fuzz:
	@tools/deps.sh check
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-600} tools/check.sh fuzz
bench: build
	@$(BUILD)/hearth bench -m $${MODEL:-qwen2.5-coder-1.5b} -p 512 -n 128
bench-engine:
	@tools/deps.sh bench
	@tests/bench/engine.py $(ENGINE)
bench-gate: build-bench/build.ninja
	@ninja -C build-bench hearth tests/bench/tagger tests/bench/gate_restore tests/bench/gate_speed >/dev/null
	@tests/bench/gate_scan.py build-bench/hearth
	@tests/bench/gate_speed.py build-bench/tests/bench/gate_speed
	@tests/bench/gate_names.py build-bench/hearth build-bench/tests/bench/tagger
	@build-bench/tests/bench/gate_restore
bench-guard guard-model guard-probe: build-bench/build.ninja
	@ninja -C build-bench tests/bench/guard >/dev/null
	@tests/bench/guard.py build-bench/tests/bench/guard $(if $(filter guard-model,$@),--ship src/gate/guard) $(if $(filter guard-probe,$@),--ship src/gate/guard --only probe)
bench-route route-prior: build-bench/build.ninja
	@ninja -C build-bench tests/bench/route_fold >/dev/null
	@tests/bench/route.py build-bench/tests/bench/route_fold $(if $(filter route-prior,$@),--ship src/route/gap.model)
tagger: build-bench/build.ninja
	@ninja -C build-bench tests/bench/tagger tests/bench/tagger_head
	@tests/bench/tagger.py make build-bench/tests/bench/tagger src/gate/names/names.model
	@tests/bench/tagger.py head build-bench/tests/bench/tagger_head src/gate/names/names.head src/gate/names/names.model
build-bench/build.ninja:
	@tools/deps.sh bench
	@meson setup --buildtype=release build-bench >/dev/null
# A build that is there already has the prefix that it was set up with.
install: $(BUILD)/build.ninja
	@$(if $(filter file default,$(origin PREFIX)),:,meson configure $(BUILD) --prefix=$(PREFIX_PATH))
	@ninja -C $(BUILD)
	@meson install -C $(BUILD) --no-rebuild
uninstall:
	@ninja -C $(BUILD) uninstall
clean:
	@rm -rf $(BUILD) build-check build-bench
