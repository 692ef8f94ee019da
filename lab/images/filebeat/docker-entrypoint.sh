#!/bin/bash
# Runs Filebeat with the arguments of the container, as the official image's entry point does: options and Filebeat's own
# commands go to Filebeat, anything else is a program to run instead.
set -euo pipefail
ulimit -c 0
case "${1:-}" in
"" | -* | export | generate | help | keystore | modules | run | setup | test | version) exec filebeat "$@" ;;
*) exec "$@" ;;
esac
