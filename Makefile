# Everything runs in the virtual environment .venv, made on first use and shared by all targets.
#
#   make demo        segment the echocardiogram that pydicom ships; results in demo/
#   make app         the same in a browser: mark, segment and correct the echocardiogram
#   make test        linters, type checker, tests
#   make quick       linters and the quick tests of every room, for the inner loop
#   make test-slow   the tests of thousands of damaged files
#   make test-other-core  tests of the scene on the other Slicer core alone
#   make lint        linters and type checker alone
#   make package     the extension as Slicer installs it; in package/
#   make screenshots  panel (in drawings/) and page (in Resources/Screenshots/) in their states (needs Chromium)
#   make benchmark   speed and memory on this machine; results in benchmark/
#   make clean       remove what the other targets made
#
# TORCH chooses the PyTorch to install (make test TORCH="torch>=2.5,<3"), PYTHON the interpreter to build on.

PYTHON ?= python3
TORCH ?= torch==2.13.0
DEMO_DIR ?= demo
BENCHMARK_DIR ?= benchmark
PACKAGE_DIR ?= package
SLICER ?= 5.12
# The page needs the core of Slicer 5.11, the tests of the scene run on this one too.
OTHER_CORE ?= slicer-core==5.12.4.0
OTHER_CORE_DIR := .venv/other-slicer-core
SCENE_TESTS := $(addprefix Testing/in_slicer/test_,cine_loading.py export.py mark_keeping.py segment_video.py slicer_sequences.py statistics.py volumes_over_time.py)

BIN := .venv/bin
STAMP := .venv/.installed

# Each process has one thread: two that wait for each other take longer. There are half as many again as cores, for some
# wait for a browser or a server. A file's tests share their set-up.
PROCESSES := $(shell $(PYTHON) -c "import os; print((3 * (os.cpu_count() or 1) + 1) // 2)")
PARALLEL := -n $(PROCESSES) --dist loadfile --no-loadscope-reorder
# From every room what needs no process, browser or server of its own; add a file that runs in a few seconds.
QUICK_TESTS := $(addprefix Testing/, \
	engine/test_appearance.py engine/test_backbone.py engine/test_network_parts.py engine/test_next_frame.py \
	engine/test_presence.py engine/test_pseudo_labels.py engine/test_relearning_losses.py \
	evaluation/test_evaluate_scores.py evaluation/test_evaluate_tables.py \
	in_slicer/test_cine_calibration.py in_slicer/test_kept_marks.py in_slicer/test_mark_history.py \
	in_slicer/test_panel_state.py in_slicer/test_statistics.py in_slicer/test_timeline.py \
	io/test_marks.py io/test_mask_files.py io/test_reading.py io/test_writing.py \
	packaging/test_docs.py packaging/test_packaging.py packaging/test_readme.py \
	page/test_view_editing.py page/test_view_marking.py page/test_view_segments.py)

# What Python and pytest made of the sources is kept for the next run, also where it is not by default.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest
CHECK_TYPES := $(BIN)/mypy --no-error-summary
TEST_OTHER_CORE := PYTHONPATH=$(OTHER_CORE_DIR) $(PYTEST) -p no:cacheprovider $(SCENE_TESTS)

.PHONY: demo app test quick test-slow test-other-core lint style package screenshots benchmark clean
.DEFAULT_GOAL := demo

demo: $(STAMP)
	@$(BIN)/rabsegment demo -o "$(DEMO_DIR)"

app: $(STAMP)
	@$(BIN)/rabsegment view --demo

# The type checker, half a minute of one core, and the tests on the other core run beside the rest; what they say is
# shown after it.
test: style $(OTHER_CORE_DIR)
	@said="$$(mktemp -d)"; trap 'rm -rf "$$said"' EXIT; trap 'kill $$other $$types; exit 130' INT TERM; \
	$(TEST_OTHER_CORE) >"$$said/other" 2>&1 & other=$$!; \
	$(CHECK_TYPES) >"$$said/types" 2>&1 & types=$$!; \
	$(PYTEST) $(PARALLEL) -m "not slow"; code=$$?; \
	wait $$other || code=$$?; \
	echo "The tests of the scene on $(OTHER_CORE):"; cat "$$said/other"; \
	wait $$types || { code=$$?; echo "The type checker:"; cat "$$said/types"; }; exit $$code

quick: lint
	@$(PYTEST) $(PARALLEL) -m "not slow" -k "not console_lines" $(QUICK_TESTS)

test-slow: $(STAMP)
	@$(PYTEST) -m slow

$(OTHER_CORE_DIR): $(STAMP)
	@test -d $@ || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $@ "$(OTHER_CORE)"
	@ln -sfn "$$($(BIN)/python -c 'import vtkmodules; print(vtkmodules.__path__[0])')" $@/vtkmodules  # its libraries look beside them
	@touch $@

test-other-core: $(OTHER_CORE_DIR)
	@$(TEST_OTHER_CORE)

lint: style
	@$(CHECK_TYPES)

style: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run .venv/bin/ruff format ."; exit 1; }

package:
	@PYTHONPATH=Testing $(PYTHON) -m tools.package_extension "$(PACKAGE_DIR)" --slicer "$(SLICER)"

screenshots: $(STAMP)
	@PYTHONPATH=Testing $(BIN)/python -m tools.render_screenshots
	@PYTHONPATH=Testing $(BIN)/python -m tools.render_app_screenshots

benchmark: $(STAMP)
	@$(BIN)/rabsegment benchmark -o "$(BENCHMARK_DIR)"

# The stamp is written last, so an installation that was interrupted is done again.
$(STAMP): pyproject.toml setup.py
	@$(PYTHON) .ci/make_environment.py .venv
	@echo "Installing the engine and its tools into .venv (once; a few minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$(TORCH)" -e ".[test]"
	@touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache build demo drawings benchmark package RABSegment/rabsegment.egg-info
