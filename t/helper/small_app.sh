# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # shared with the test and with tap.sh
#
# A small application in $app, and what gatehouse says, mostly about it. Needs
# tap.sh first.
#
#	. "$here/../helper/tap.sh"
#	. "$here/../helper/small_app.sh"
#
#	fresh					# the application as it was
#	edit config.yaml 's/default: m/default: x/'
#	refused 1 config.yaml 'default: x' llm.default 'unknown model "x"'
#	fresh
#	orchestrator 'entry_agent: nobody'
#	accepted 12 "an agent"			# or not
#
# The program comes from $GATEHOUSE_BUILD, which ./dev check sets.

sa_top=$(cd "$(dirname "$0")/../.." && pwd -P)
PATH=${GATEHOUSE_BUILD:-$sa_top/build}:$PATH
GATEHOUSE_DB=$tap_dir/gatehouse.db
export PATH GATEHOUSE_DB
app=$tap_dir/small

# fresh: one agent, two tools, one model; every test begins with it.
fresh() {
	rm -rf "$app"
	mkdir -p "$app/tools" "$app/skills/intake" "$app/skills/_common"
	cat >"$app/config.yaml" <<-'YAML'
	llm:
	  default: m
	  providers:
	    p: {kind: script, file: script.yaml}
	  models:
	    m: {provider: p}
	mcp:
	  servers:
	    - name: ops
	      transport: command
	      category: ops
	      tools:
	        - {name: look, command: [tools/look], read_only: true}
	        - {name: fix, command: [tools/fix, now]}
	    - name: desk
	      transport: session
	      category: desk
	      tools:
	        - {name: close, write: extra_fields}
	orchestrator:
	  entry_agent: intake
	YAML
	cat >"$app/script.yaml" <<-'YAML'
	replies:
	  - agent: intake
	    content: done
	YAML
	cat >"$app/skills/intake/config.yaml" <<-'YAML'
	description: takes it in
	tools:
	  ops: [look, fix]
	routes:
	  - {when: default, next: __end__}
	YAML
	echo "Take it in." >"$app/skills/intake/prompt.md"
	for sa_tool in look fix; do
		printf '#!/bin/sh\n' >"$app/tools/$sa_tool"
		chmod +x "$app/tools/$sa_tool"
	done
}

# edit FILE SED: changes a file of the application.
edit() {
	sed -i "$2" "$app/$1" && [ -s "$app/$1" ]
}

# orchestrator LINE...: adds lines below the orchestrator's.
orchestrator() {
	for sa_line; do
		printf '  %s\n' "$sa_line" >>"$app/config.yaml"
	done
}

# top LINE...: adds lines at the end of config.yaml.
top() {
	printf '%s\n' "$@" >>"$app/config.yaml"
}

# skill NAME: a further agent, its config.yaml from standard input, a prompt
# beside it.
skill() {
	mkdir -p "$app/skills/$1"
	cat >"$app/skills/$1/config.yaml"
	echo "You are $1." >"$app/skills/$1/prompt.md"
}

# run ARGUMENT...: gatehouse; sets $status, $out (standard output) and $err.
run() {
	gatehouse "$@" >"$tap_dir/out" 2>"$tap_dir/err"
	status=$?
	out=$(cat "$tap_dir/out")
	err=$(cat "$tap_dir/err")
}

# ends STATUS DESCRIPTION: the last run ended so, with one line of error
# exactly when that is no success.
ends() {
	sa_lines=$(printf '%s' "$err" | grep -c '')
	if [ "$1" -eq 0 ] || [ "$1" -eq 1 ] && [ -z "$err" ]; then
		is "$status $sa_lines" "$1 0" "$2"
	else
		is "$status $sa_lines" "$1 1" "$2"
	fi || diag "$err"
}

# load [OPTION]: runs that for the application.
load() {
	run load "$app" "$@"
}

# said FILE TEXT KEY MESSAGE: a line of $err blames KEY on the line of FILE
# where TEXT stands first, with a message that begins so. KEY "": the whole
# file or its top.
said() {
	sa_number=$(grep -nF -e "$2" "$app/$1" | head -n 1 | cut -d: -f1)
	sa_want="$app/$1:${sa_number:-?}: $4"
	[ -z "$3" ] || sa_want="$app/$1:${sa_number:-?}: $3: $4"
	case "
$err" in
	*"
$sa_want"*) return 0 ;;
	esac
	diag "want: $sa_want"
	diag "got:  $err"
	return 1
}

# refused NUMBER FILE TEXT KEY MESSAGE: load says so and writes nothing.
refused() {
	load
	[ "$status" -eq 1 ] && said "$2" "$3" "$4" "$5" &&
		[ "$(sqlite3 "$GATEHOUSE_DB" 'SELECT count(*) FROM app')" = 0 ]
	tap_result $? "$1: $4: $5"
}

# accepted NUMBER DESCRIPTION: load --check finds nothing wrong.
accepted() {
	load --check
	[ "$status" -eq 0 ]
	tap_result $? "$1: accepted: $2" && return
	diag "$err"
	return 1
}

# warned NUMBER FILE TEXT KEY MESSAGE: accepted, with this warning.
warned() {
	load --check
	[ "$status" -eq 0 ] &&
		said "$2" "$3" "" "warning: ${4:+$4: }$5"
	tap_result $? "$1: warning: $4: $5"
}
