# SPDX-License-Identifier: Apache-2.0
#
# Turns .sql files into C.
#   -v mode=enum   the query names:   enum query { Q_..., Q_COUNT };
#   -v mode=text   the query texts:   const struct query_text query_text[]
#   -v mode=whole  each file whole:   const char sql_<name>[], from its base name
# A query starts with "-- name: x"; "-- scan: why" marks a full table scan that
# is wanted. What several queries of a file share stands before them, after
# "-- part: x", and comes in at a line "-- paste: x".

function quote(line) {
	gsub(/\\/, "\\\\", line)
	gsub(/"/, "\\\"", line)
	gsub(/\t/, " ", line)
	return "\t\"" line "\\n\"\n"
}

function flush_query() {
	if (name == "")
		return
	if (mode == "enum")
		printf "\tQ_%s,\n", toupper(name)
	else
		printf "\t{ \"%s\", %d,\n%s\t},\n", name, scan, body
	name = ""
}

BEGIN {
	print "/* Generated from .sql by sql/embed.awk. */"
	if (mode == "enum")
		print "#ifndef SQL_QUERIES_H\n#define SQL_QUERIES_H\n\nenum query {"
	else if (mode == "text")
		print "#include \"sql/sql_text.h\"\n\n" \
			"const struct query_text query_text[Q_COUNT] = {"
	else
		print "#include \"sql/sql_text.h\""
}

mode == "whole" && FNR == 1 {
	if (NR > 1)
		print "\t;"
	base = FILENAME
	sub(/.*\//, "", base)
	sub(/\.sql$/, "", base)
	gsub(/[^A-Za-z0-9]/, "_", base)
	printf "\nconst char sql_%s[] =\n", base
}

mode == "whole" {
	if ($0 !~ /^[ \t]*--/ && $0 !~ /^[ \t]*$/)
		printf "%s", quote($0)
	next
}

/^-- name: / {
	flush_query()
	name = $3
	body = ""
	scan = 0
	next
}

/^-- part: / {
	flush_query()
	part = $3
	parts[part] = ""
	next
}

/^-- paste: / { body = body parts[$3]; next }

/^-- scan: / { scan = 1; next }
/^[ \t]*--/ || /^[ \t]*$/ { next }
name == "" { parts[part] = parts[part] quote($0); next }
{ body = body quote($0) }

END {
	if (mode == "whole") {
		print "\t;"
	} else {
		flush_query()
		if (mode == "enum")
			print "\tQ_COUNT\n};\n\n#endif"
		else
			print "};"
	}
}
