# SPDX-License-Identifier: Apache-2.0
#
# Turns a page of docs/ into a man page: headings, paragraphs, code that is set
# in, and tables whose first column is a key. Of Markdown it knows no more.
#   -v name=gatehouse-config -v section=5 -v about="one line" -v version=1.0

# Text that is no markup: roff's own characters are escaped.
function plain(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/'/, "\\(aq", text)
	return text
}

# `code` is bold, *word* is italic; only outside of code.
function inline(text,    parts, count, i, out) {
	count = split(text, parts, "`")
	for (i = 1; i <= count; i++)
		if (i % 2 == 0)
			out = out "\\fB" plain(parts[i]) "\\fR"
		else
			out = out italic(plain(parts[i]))
	return out
}

function italic(text,    parts, count, i, out) {
	count = split(text, parts, "*")
	for (i = 1; i <= count; i++)
		out = out (i % 2 == 0 ? "\\fI" parts[i] "\\fR" : parts[i])
	return out
}

function say(line) {
	for (; blanks > 0; blanks--)
		print ""
	print (line ~ /^[.\\]/ ? "\\&" : "") line
}

# into KIND: what stood before it ends, and what it needs begins.
function into(kind) {
	if (kind == was)
		return
	blanks = 0
	if (was == "code")
		print ".EE\n.RE"
	if (kind == "code")
		print ".PP\n.RS 4\n.EX"
	else if (kind == "text")
		print ".PP"
	was = kind
}

function row(line,    cells, about) {
	gsub(/^\| *| *\|$/, "", line)
	split(line, cells, / +\| *| *\| +/)
	if (cells[1] !~ /^`/)
		return
	print ".TP"
	say(inline(cells[1]))
	about = cells[2]
	if (cells[3] ~ /^required/)
		about = about (about == "" ? "" : "; ") cells[3]
	else if (cells[3] != "")
		about = about (about == "" ? "" : "; ") "default: " cells[3]
	if (cells[4] != "")
		about = about "; " cells[4]
	say(inline(about))
}

BEGIN {
	printf ".TH %s %s \"\" \"Gatehouse %s\" \"Gatehouse\"\n",
		toupper(name), section, version
	printf ".SH NAME\n%s \\- %s\n.SH DESCRIPTION\n", name, plain(about)
	was = "head"
}

/^# / || /^<!--/ {
	next
}

/^## / {
	into("head")
	print ".SH"
	gsub(/`/, "")
	say(plain(substr($0, 4)))
	next
}

/^\|/ {
	into("table")
	row($0)
	next
}

/^    / {
	into("code")
	say(plain(substr($0, 5)))
	next
}

/^$/ {
	if (was == "code")
		blanks++
	else if (was == "text")
		was = "gap"
	next
}

{
	into("text")
	say(inline($0))
}

END {
	into("end")
}
