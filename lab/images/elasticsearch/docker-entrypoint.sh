#!/bin/bash
# Starts Elasticsearch as the official image's entry point and elasticsearch-env do together: environment variables that
# look like settings become settings.
# https://www.elastic.co/docs/deploy-manage/deploy/self-managed/install-elasticsearch-docker-configure
# Not covered: ELASTIC_PASSWORD, KEYSTORE_PASSWORD, ES_LOG_STYLE, TAKE_FILE_OWNERSHIP, a start as root.
set -euo pipefail

# Files must stay writable for the group, as which any user may run.
umask 0002

if [[ "${1:-eswrapper}" != eswrapper ]]; then
    exec "$@"
fi

for variable in {ELASTIC,KEYSTORE}_PASSWORD{,_FILE} ES_LOG_STYLE TAKE_FILE_OWNERSHIP; do
    if [[ -n "${!variable:-}" ]]; then
        echo "ERROR: the lab's image of Elasticsearch does not know $variable" >&2
        exit 64
    fi
done
if [[ "$(id -u)" == 0 ]]; then
    echo "ERROR: the lab's image of Elasticsearch does not change its user: run it as 1000:0" >&2
    exit 64
fi

home=/usr/share/elasticsearch
cd "$home"

# `env` is asked because the shell itself drops variables with a dot in their names.
settings=()
while IFS= read -r -d '' assignment; do
    name="${assignment%%=*}"
    value="${assignment#*=}"
    if [[ -z "$value" ]]; then
        continue
    fi
    if [[ "$name" =~ ^[-a-z0-9_]+(\.[-a-z0-9_]+)+$ ]]; then
        settings+=("-E$name=$value")
    elif [[ "$name" =~ ^ES_SETTING(_{1,2}[A-Z]+)+$ ]]; then
        # A single underscore stands for a dot, a double one for an underscore.
        name="${name#ES_SETTING_}"
        name="${name//__/ }"
        name="${name//_/.}"
        name="${name// /_}"
        settings+=("-E${name,,}=$value")
    fi
done < <(env --null)

# In a container the cgroup's files are at the root of their mount, whatever /proc/self/cgroup says.
export ES_JAVA_OPTS="-Des.cgroups.hierarchy.override=/ ${ES_JAVA_OPTS:-}"
exec "$home/bin/elasticsearch" "${settings[@]}"
