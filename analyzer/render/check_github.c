/* check_github.c - exceeded limits as workflow commands: GitHub shows them at the lines of a pull
 * request, and in the log of the step that prints them.
 */
#include "analyzer/render/check_report.h"
#include "analyzer/render/workflow_out.h"

static void write_mark(void *context, const struct check_mark *mark)
{
    FILE *stream = context;
    if (mark->again)
        return;
    workflow_begin(stream, "error", mark->path, mark->line);
    workflow_property(stream, "heapcoach: ");
    workflow_property(stream, mark->rule);
    fputs("::", stream);
    workflow_message(stream, mark->message);
    fputc('\n', stream);
}

int check_report_github(const struct check_report *report, FILE *stream)
{
    const struct limits_results *results = report->results;
    check_marks(report, write_mark, stream);
    workflow_begin(stream, "notice", "", 0);
    fprintf(stream, "heapcoach::%u of %u limits exceeded by ", results->exceeded, results->count);
    workflow_message(stream, report->profile->path);
    fputc('\n', stream);
    return 0;
}
