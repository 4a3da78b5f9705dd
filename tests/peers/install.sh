#!/bin/sh
# Install the real peers that the tests talk to, where this may be done; otherwise say what will be skipped.
set -eu
missing=""
cd "$(dirname "$0")/../.."
# The last InfluxDB with packages that Go can build; Debian's is older and lacks the API that is written to.
if [ ! -x .peers/influxd ]; then
    if command -v go >/dev/null 2>&1; then
        GOBIN="$PWD/.peers" go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10
    else
        echo "not installed (needs Go), its tests are skipped: InfluxDB"
    fi
fi
for pair in prometheus:prometheus prometheus-alertmanager:prometheus-alertmanager chromium:chromium \
    systemd-analyze:systemd victoria-metrics:victoria-metrics; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
perl -MBusiness::Hours -e 1 2>/dev/null || missing="$missing libbusiness-hours-perl"
# The browser draws Chinese with it, in the tests of the pages and in the pictures of the documents.
ls /usr/share/fonts/truetype/wqy/wqy-microhei.ttc >/dev/null 2>&1 || missing="$missing fonts-wqy-microhei"
[ -n "$missing" ] || exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # A maintainer script that cannot start its service does not matter: the tests start the servers themselves.
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "not installed (needs apt-get and root), their tests are skipped:$missing"
fi
