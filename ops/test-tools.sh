#!/usr/bin/env bash
# Chromium, its WebDriver and a Chinese font for the stories in a browser, and nginx for those behind a proxy. Installs them on
# Debian and its kin when run as root; otherwise says what is missing. Without nginx its stories are skipped: installing it starts it
# where systemd runs, so there that is left to whoever sits there.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
fc-list 2>/dev/null | grep -i 'noto.*cjk' >/dev/null || missing+=(fonts-noto-cjk)
may_install() { command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; }
install() { DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null; }
if [ ${#missing[@]} -gt 0 ]; then
  if may_install; then
    echo "安装 installing: ${missing[*]}"
    apt-get update -qq
    install "${missing[@]}"
  else
    echo "缺少测试所需的软件 the tests need: ${missing[*]}" >&2
    echo "  Debian, Ubuntu: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi
has_nginx() { PATH="$PATH:/usr/sbin" command -v nginx >/dev/null; }
if ! has_nginx && may_install && [ ! -d /run/systemd/system ]; then
  echo "安装 installing: nginx-light"
  apt-get update -qq || true
  install nginx-light || true
fi
has_nginx || echo "没有 nginx，略过代理测试 no nginx: the stories behind a proxy are skipped (apt-get install nginx-light)" >&2
