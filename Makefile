# vmmedic: build, demo, check, install. `make` builds and installs nothing; `make demo` and `make check` first install what is missing.
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
VERSION := $(shell cat VERSION)
PKGS    := libguestfs hivex jansson blkid nettle
WARN    := -Wall -Wextra -Wshadow -Wconversion -Werror
HARD    := -O2 -g -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
SANFLAGS:= -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZFLAGS:= $(SANFLAGS) -fsanitize=fuzzer-no-link
comma   := ,
MODE    ?= opt
B       := build/$(MODE)
STD     := -std=c17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVMM_VERSION='"$(VERSION)"' -DVMM_DATADIR='"$(PREFIX)/share/vmmedic"' -DVMM_LOCALEDIR='"$(PREFIX)/share/locale"'
FLAGS   := $(STD) $(WARN) -Iinclude -Icore -I. -Itests -MMD -MP -ffile-prefix-map=$(CURDIR)=. $(if $(filter san,$(MODE)),$(SANFLAGS),$(if $(filter fuzz,$(MODE)),$(FUZZFLAGS),$(HARD))) $(CFLAGS) $(CPPFLAGS)
LINK     = $(if $(filter san fuzz,$(MODE)),-fsanitize=address$(comma)undefined,-pie -Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now) $(LDFLAGS)

CORE_O   := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard core/*/*.c)))
FRONT_O  := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard screens/*.c tui/*.c $(filter-out cli/main.c,$(wildcard cli/*.c)))))
TESTS    := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/*/test_*.c)))
HARNESS_O:= $(patsubst %.c,$(B)/%.o,$(sort $(filter-out $(wildcard tests/*/test_*.c tests/fuzz/*.c),$(wildcard tests/*/*.c))))
FUZZ     := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_O   := $(patsubst %.c,$(B)/%.o,$(filter-out tests/fuzz/fuzz_%.c tests/fuzz/test_%.c tests/fuzz/main.c tests/fuzz/seed%.c,$(sort $(wildcard tests/fuzz/*.c))))

# V=1 shows the commands
say = $(if $(V),,@echo '  $(1)';)

LANGUAGES:= $(patsubst po/%.po,%,$(wildcard po/*.po))
MO       := $(patsubst %,build/locale/%/LC_MESSAGES/vmmedic.mo,$(LANGUAGES))
PSEUDO   := build/locale/en@pseudo/LC_MESSAGES/vmmedic.mo

build/vmmedic: $(B)/vmmedic $(MO) # not order-only: .SECONDARY lets make forget a missing one of those
	@mkdir -p build && cp -f $< $@ # -f: it may be running

$(B)/vmmedic: $(B)/cli/main.o $(FRONT_O) $(B)/libvmmedic.a
	$(call say,$@) $(CC) $(LINK) -o $@ $^ $$(pkg-config --libs $(PKGS))

$(B)/libvmmedic.a: $(CORE_O)
$(B)/tests/libharness.a: $(HARNESS_O)
$(B)/%.a:
	@mkdir -p $(@D) && rm -f $@
	$(if $(V),,@)ar rcsD $@ $^

$(B)/tests/%: $(B)/tests/%.o $(B)/tests/libharness.a $(FRONT_O) $(B)/libvmmedic.a
	$(call say,$@) $(CC) $(LINK) -o $@ $^ $$(pkg-config --libs $(PKGS) vterm cmocka)

# fuzzing targets: with clang's fuzzer in MODE=fuzz, else with a main that runs the files it is named
FUZZ_MAIN := $(if $(filter fuzz,$(MODE)),,$(B)/tests/fuzz/main.o)
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_O) $(FUZZ_MAIN) $(B)/libvmmedic.a
	$(call say,$@) $(CC) $(LINK) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) -o $@ $^ $$(pkg-config --libs $(PKGS))
SEEDS_O  := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/fuzz/seed*.c)))
$(B)/tests/fuzz/seeds: $(SEEDS_O) $(FUZZ_O) $(B)/libvmmedic.a
	$(call say,$@) $(CC) $(LINK) -o $@ $^ $$(pkg-config --libs $(PKGS))
# hivex may stop the child that runs it; a sanitizer may not
$(B)/tests/fuzz/fuzz_edit: LDFLAGS += -Wl,--wrap=fork,--wrap=waitpid
# these look at nothing but their input
$(B)/tests/fuzz/fuzz_image: LDFLAGS += -Wl,--wrap=vmm_in_use
$(B)/tests/fuzz/fuzz_worker: LDFLAGS += -Wl,--wrap=vmm_job_by_name,--wrap=vmm_file_read
# a target's seeds and past findings run in the programs that the fuzzer would run
$(B)/tests/fuzz/test_seeds: | $(B)/tests/fuzz/seeds $(addprefix $(B)/tests/fuzz/fuzz_,$(FUZZ))

# this one makes writes and syncs fail, or kills itself in the middle of them
$(B)/tests/session/test_apply: LDFLAGS += -Wl,--wrap=vmm_volume_write,--wrap=vmm_volume_sync,--wrap=vmm_journal
$(B)/tests/session/test_password: LDFLAGS += -Wl,--wrap=vmm_volume_write,--wrap=vmm_volume_sync,--wrap=vmm_journal,--wrap=vmm_volume_create,--wrap=vmm_volume_make_folder,--wrap=vmm_volume_remove

# this one counts the memory that is asked for
$(B)/tests/hive/test_limits: LDFLAGS += -Wl,--wrap=calloc,--wrap=reallocarray,--wrap=free

# this one has a disk in memory under the folder engine, and notes the journal's lines
$(B)/tests/session/test_crash: LDFLAGS += -Wl,--wrap=vmm_folder_open,--wrap=vmm_journal

# only the screens see curses; its flags name an older standard than ours, so they are not taken
$(B)/vmmedic $(TESTS): private PKGS += ncursesw

# this one holds a worker in the middle of its writing
$(B)/tests/session/test_follow: LDFLAGS += -Wl,--wrap=vmm_volume_write
# this one looks at the first write
$(B)/tests/session/test_edges: LDFLAGS += -Wl,--wrap=vmm_volume_write

# preloaded into the real program, never built with a sanitizer: it must be the first to see a call
build/tests/fail.so: tests/harness/preload/fail.c Makefile
	@mkdir -p $(@D)
	$(call say,$@) $(CC) -std=c17 -O2 $(WARN) -fPIC -shared -o $@ $< -ldl

$(B)/%.o: %.c Makefile packages VERSION
	@mkdir -p $(@D)
	$(call say,$@) $(CC) $(FLAGS) $$(pkg-config --cflags $(PKGS)) -c -o $@ $<

# the translations stand beside the program in the build tree; the one for tests is made of the sources' own texts
$(MO): build/locale/%/LC_MESSAGES/vmmedic.mo: po/%.po
	@mkdir -p $(@D)
	$(call say,$@) msgfmt --check --output-file=$@ $<

$(PSEUDO): po/update po/pseudo $(wildcard core/*/*.c screens/*.c tui/*.c cli/*.c)
	@mkdir -p $(@D)
	$(call say,$@) po/update --template && po/pseudo build/vmmedic.pot >build/pseudo.po && msgfmt --check --output-file=$@ build/pseudo.po

.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)

tests: $(TESTS) $(B)/vmmedic build/tests/fail.so

# ---- what the README names ----

DEMO := build/practice-safe-mode.img

demo:
	@.ci/install-packages build run
	@$(MAKE) --no-print-directory build/vmmedic
	@test -e $(DEMO) || build/vmmedic practice $(DEMO) --scenario safe-mode-minimal
	@build/vmmedic $(DEMO); code=$$?; [ $$code -eq 6 ] || exit $$code # leaving early is no failure

layers:
	@.ci/layers

# writes the golden screens anew; git diff shows what that changes
screens: $(MO)
	@$(MAKE) --no-print-directory -j2 MODE=san build/san/tests/tui/test_screens
	@SCREENS=write LC_ALL=C.UTF-8 build/san/tests/tui/test_screens '*looks_as_it_did'

# takes new texts into the translations and says what is missing
po:
	@po/update

check: layers
	@.ci/install-packages build run check
	@$(MAKE) --no-print-directory -j2 build/vmmedic
	@$(MAKE) --no-print-directory -j2 MODE=san tests $(PSEUDO)
	@tests/run $(patsubst %.c,build/san/%,$(sort $(wildcard tests/*/test_*.c)))

# fuzzes with clang, MINUTES in all, one or all of the targets
MINUTES ?= 10
fuzz:
	@.ci/install-packages build fuzz
	@$(MAKE) --no-print-directory -j2 MODE=fuzz CC="$(if $(shell command -v ccache),ccache )clang" $(addprefix build/fuzz/tests/fuzz/,seeds $(addprefix fuzz_,$(or $(TARGET),$(FUZZ))))
	@tests/fuzz/run build/fuzz $(MINUTES) $(or $(TARGET),$(FUZZ))

# figures, no tests; RUNS=1: each time once, BENCH=terminal: one of tests/bench.d
bench:
	@.ci/install-packages build run check bench
	@$(MAKE) --no-print-directory -j2 build/vmmedic
	@$(MAKE) --no-print-directory -j2 MODE=san build/san/tests/tui/test_budgets
	@RUNS=$(RUNS) tests/bench $(BENCH)

install: build/vmmedic
	install -D -m 755 build/vmmedic $(DESTDIR)$(PREFIX)/bin/vmmedic
	install -D -m 644 man/vmmedic.1 $(DESTDIR)$(PREFIX)/share/man/man1/vmmedic.1
	install -d $(DESTDIR)$(PREFIX)/share/vmmedic/scenarios
	install -m 644 scenarios/*.txt $(DESTDIR)$(PREFIX)/share/vmmedic/scenarios
	for l in $(LANGUAGES); do install -D -m 644 build/locale/$$l/LC_MESSAGES/vmmedic.mo $(DESTDIR)$(PREFIX)/share/locale/$$l/LC_MESSAGES/vmmedic.mo || exit; done

clean:
	rm -rf build

.PHONY: tests demo layers screens po check fuzz bench install clean
