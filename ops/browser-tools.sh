#!/usr/bin/env bash
# Chromium, its WebDriver and a Chinese font for the browser stories. Installs them on Debian and its kin when run as
# root; otherwise says what is missing.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "安装 installing: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "缺少浏览器测试所需的软件 the browser tests need: ${missing[*]}" >&2
  echo "  Debian, Ubuntu: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
