# The commands of this repository. Each does its own set-up: dependencies, tools and caches (outside the work tree).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# node_modules/.bin carries the pinned Node.js, so that every command runs on the same one.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# What Node.js has compiled is kept where the lab keeps that of Pulumi's programs (lab/environment.ts): a command then
# takes two thirds of the time.
export NODE_COMPILE_CACHE ?= $(or $(CHATTINGO_LAB_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/chattingo-logging)/compiled

STACK ?= dev
OUT ?= rendered/$(STACK)

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer with npm (https://nodejs.org)" >&2; exit 1; }
	@echo "installing the pinned npm packages (about a minute when npm's cache is cold) ..." >&2
	@npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@

.PHONY: deps
deps: node_modules/.package-lock.json

.PHONY: up
up: deps ## Start the lab, bring up the dev stack on its real node, and send a first log line to S3; in Docker: CLUSTER=kind
	@node scripts/up.ts --stack $(STACK) $(if $(CLUSTER),--cluster "$(CLUSTER)") $(if $(BUCKET),--bucket "$(BUCKET)")

.PHONY: down
down: deps ## Take away what `make up` made, with the same CLUSTER
	@node scripts/down.ts $(if $(CLUSTER),--cluster "$(CLUSTER)")

.PHONY: preview
preview: deps ## Preview a stack on the simulated cluster: make preview STACK=prod
	@node scripts/preview.ts --stack $(STACK)

.PHONY: render
render: deps ## Write every Kubernetes manifest of a stack: make render STACK=prod OUT=dir
	@node scripts/render.ts --stack $(STACK) --out $(OUT)

.PHONY: restore
restore: deps ## Archived lines back from S3: make restore STACK=dev FROM=2025-09-10 TO=2025-09-12 CATEGORY=auth
	@node scripts/restore.ts --stack $(STACK) --from "$(FROM)" --to "$(TO)" $(if $(CATEGORY),--category $(CATEGORY)) \
		$(if $(RESTORE_DIR),--out "$(RESTORE_DIR)") $(if $(ELASTICSEARCH),--elasticsearch "$(ELASTICSEARCH)") \
		$(if $(TIER),--tier $(TIER)) $(if $(YES),--yes)

.PHONY: verify-archive
verify-archive: deps ## Hold a stack's bucket, manifests and local archives against each other: make verify-archive STACK=dev
	@node scripts/verify-archive.ts --stack $(STACK) $(if $(ARCHIVE_DIR),--archive-dir "$(ARCHIVE_DIR)") $(if $(DEEP),--deep)

.PHONY: settings-reference
settings-reference: deps ## Write docs/settings.md from the config schema
	@node scripts/settings-reference.ts

.PHONY: stack-needs
stack-needs: deps ## Write into README.md what each stack takes of its cluster
	@node scripts/stack-needs.ts

.PHONY: verify-images
verify-images: deps ## Ask the registries for a stack's images by their digests: make verify-images STACK=prod
	@node scripts/verify-images.ts --stack $(STACK)

.PHONY: pin-images
pin-images: deps ## Write the digests of a stack's images into its file: make pin-images STACK=prod
	@node scripts/pin-images.ts --stack $(STACK) $(if $(CHECK),--check)

.PHONY: check-cluster
check-cluster: deps ## Does the cluster have what a stack counts on: make check-cluster STACK=prod
	@node scripts/check-cluster.ts --stack $(STACK)

.PHONY: smoke
smoke: deps ## Try a running stack where the lab can't stand for the official images: make smoke STACK=dev
	@node scripts/smoke.ts --stack $(STACK) $(if $(MINUTES),--minutes "$(MINUTES)")

.PHONY: check-kubernetes
check-kubernetes: deps ## Does another Kubernetes take a stack's manifests: make check-kubernetes STACK=prod VERSION=v1.35.0
	@node scripts/check-kubernetes.ts --stack $(STACK) --version "$(VERSION)"

.PHONY: licences
licences: deps ## Write docs/licences.md from the lockfile
	@node scripts/licences.ts

.PHONY: sbom
sbom: OUT := sbom-$(STACK).json
sbom: deps ## The bill of materials of a stack, as CycloneDX: make sbom STACK=prod OUT=sbom.json
	@node scripts/sbom.ts --stack $(STACK) --out "$(OUT)"

.PHONY: audit
audit: deps ## Known vulnerabilities of the npm packages, but for those excepted in supply-chain/audit-exceptions.json
	@node scripts/audit.ts

.PHONY: release-files
release-files: deps ## What a release carries, the same bytes on every machine: dist/release
	@node scripts/release-files.ts

.PHONY: estimate
estimate: deps ## Size and cost of a stack: make estimate STACK=prod GB_PER_DAY=20
	@node scripts/estimate.ts --stack $(STACK) $(if $(GB_PER_DAY),--gb-per-day $(GB_PER_DAY))

.PHONY: build
build: deps ## Bundle the workloads into dist/workloads
	@npm run --silent build

.PHONY: check
check: deps ## Type check and lint
	@npm run --silent check

.PHONY: format
format: deps ## Format and sort imports
	@npm run --silent format

.PHONY: test
test: deps ## Run all checks and tests, or those of a layer or a name: make test LAYER=unit GREP="monitoring"
	@node scripts/test.ts $(if $(LAYER),--layer $(LAYER)) $(if $(GREP),--grep "$(GREP)")

.PHONY: test-unit
test-unit: deps ## Run the unit tests only
	@node scripts/test.ts --layer unit

.PHONY: soak
soak: deps ## Run the long tests at full size (an hour)
	@npm run --silent test:soak

.PHONY: bench
bench: deps ## Measure `pulumi up` and `preview` without a change beside the engine's floor
	@node bench/no-change.ts

.PHONY: bench-rotation
bench-rotation: deps ## Measure rotation beside logrotate, gzip and pigz (ten minutes)
	@node bench/rotation.ts

.PHONY: bench-uploader
bench-uploader: deps ## Measure the uploader beside rclone copy (ten minutes)
	@node bench/uploader.ts

.PHONY: bench-search
bench-search: deps ## Measure the way into search beside what bounds it and beside defaults (half an hour)
	@node bench/search.ts

.PHONY: lab-up
lab-up: deps ## Start the lab's real node without any stack
	@lab/lab up --kind node

.PHONY: lab-down
lab-down: deps ## Stop every lab on this machine
	@lab/lab down

.PHONY: lab-status
lab-status: deps ## Show what of the lab is running
	@lab/lab status
