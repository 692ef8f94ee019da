#!/bin/bash
# Runs Filebeat with the arguments of the container, as the official image's entry point does: options and Filebeat's own
# commands go to Filebeat, anything else is a program to run instead.
set -euo pipefail
ulimit -c 0
case "${1:-}" in
"" | -* | run)
    # In front of Filebeat's figures stands what answers /inputs/ for it (lab/filebeat-inputs).
    filebeat_port=15066
    configuration=filebeat.yml
    previous=
    for argument in "$@"; do
        if [ "$previous" = -c ]; then configuration=$argument; fi
        previous=$argument
    done
    node filebeat-inputs.cjs --filebeat-port $filebeat_port --config "$configuration" &
    exec filebeat "$@" -E http.host=127.0.0.1 -E http.port=$filebeat_port
    ;;
export | generate | help | keystore | modules | setup | test | version) exec filebeat "$@" ;;
*) exec "$@" ;;
esac
