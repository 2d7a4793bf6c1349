# shellcheck shell=sh
# TAP for shell scripts: source it, call `check NAME COMMAND…` for each test and `finish` at the end.
tap_count=0
tap_failed=0

# check NAME COMMAND...: passes when the command does; its output explains a failure.
check() {
  tap_name=$1
  shift
  tap_count=$((tap_count + 1))
  if tap_output=$("$@" 2>&1); then
    echo "ok $tap_count - $tap_name"
  else
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - $tap_name"
    printf '%s\n' "$tap_output" | sed 's/^/# /'
  fi
}

# finish: prints the plan and ends with 1 when something failed.
finish() {
  echo "1..$tap_count"
  [ "$tap_failed" -eq 0 ]
}
