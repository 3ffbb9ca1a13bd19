#!/bin/sh
# Starts the Chromium of this folder with the folder's libraries, fonts and settings; only the C library is the
# machine's. The children of the browser inherit that.
here=$(dirname "$(readlink -f "$0")")
libraries=$(echo "$here"/usr/lib/*-linux-gnu*)
# libpulse looks for its other half by an absolute path.
export LD_LIBRARY_PATH="$libraries:$libraries/pulseaudio"
export FONTCONFIG_FILE="$here/fonts.conf"
export GIO_MODULE_DIR="$libraries/gio/modules" XDG_DATA_DIRS="$here/usr/share" XDG_CONFIG_DIRS="$here/etc/xdg"
exec "$here/usr/lib/chromium/chromium" "$@"
