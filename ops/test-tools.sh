#!/usr/bin/env bash
# Chromium, its WebDriver and a Chinese font for the stories in a browser, and nginx for those behind a proxy. Installs them on
# Debian and its kin when run as root; otherwise says what is missing. Installing nginx starts it where systemd runs, so there it
# is left to whoever sits there, and its stories are skipped.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk)
if ! PATH="$PATH:/usr/sbin" command -v nginx >/dev/null; then
  if [ -d /run/systemd/system ]; then
    echo "没有 nginx，略过代理测试 no nginx: the stories behind a proxy are skipped (apt-get install nginx-light)" >&2
  else
    missing+=(nginx-light)
  fi
fi
[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "安装 installing: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "缺少测试所需的软件 the tests need: ${missing[*]}" >&2
  echo "  Debian, Ubuntu: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
