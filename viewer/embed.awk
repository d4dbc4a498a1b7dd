# embed.awk - one half of the page, for the command to have in it: what comes before the data, or after.
#
#   awk -v part=head|tail -v folder=viewer -f viewer/embed.awk viewer/index.html
#
# The files of files.list take the place of the two marks in index.html, in their order: sheets that of
# the style, scripts that of the script. Any awk will do.

function fail(text) {
    print "embed.awk: " text > "/dev/stderr"
    failed = 1
    exit 1
}

# What would end the element, or begin what HTML reads otherwise, must not be in it.
function put(name, element,    line, path, got) {
    path = folder "/" name
    print "<" element ">"
    while ((got = (getline line < path)) > 0) {
        if (tolower(line) ~ /<\/(script|style)|<script|<!--/)
            fail(path ": has \"" line "\", which cannot stand in an element of the page")
        print line
    }
    if (got < 0)
        fail(path ": is in files.list and cannot be read")
    close(path)
    print "</" element ">"
}

function put_all(ending, element,    i) {
    for (i = 1; i <= count; i++)
        if (name[i] ~ ending)
            put(name[i], element)
}

BEGIN {
    while ((getline line < (folder "/files.list")) > 0)
        if (line != "")
            name[++count] = line
    here = part == "head"
}

/<!-- heapcoach:data -->/ { here = !here; seen++; next }
!here { next }
/<!-- heapcoach:style -->/ { put_all("[.]css$", "style"); seen++; next }
/<!-- heapcoach:script -->/ { put_all("[.]js$", "script"); seen++; next }
{ print }

END {
    if (!failed && seen != 2)
        fail("expected index.html to have each mark once, and style and script on either side of the data")
}
