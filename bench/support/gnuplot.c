/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/gnuplot.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool spawn(int in, int out, pid_t *child)
{
	char *argv[] = { (char[]){ "gnuplot" }, NULL };
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	error = posix_spawnp(child, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error == 0;
}

bool gnuplot_run(FILE *script, FILE *output)
{
	int status;
	pid_t child;

	if (fflush(script) != 0 || fflush(output) != 0 ||
		lseek(fileno(script), 0, SEEK_SET) != 0)
		return false;
	if (!spawn(fileno(script), fileno(output), &child))
		return false;
	if (waitpid(child, &status, 0) != child)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool gnuplot_is_there(void)
{
	FILE *script = tmpfile();
	FILE *output = fopen("/dev/null", "we");
	bool there = false;

	if (script != NULL && output != NULL) {
		fputs("set terminal svg\nset terminal pngcairo\n", script);
		there = gnuplot_run(script, output);
	}
	if (script != NULL)
		fclose(script);
	if (output != NULL)
		fclose(output);
	return there;
}

void gnuplot_write_text(FILE *script, const char *text)
{
	fputc('\'', script);
	for (; *text != '\0'; text++)
		fputs(*text == '\'' ? "''" : (char[]){ *text, '\0' }, script);
	fputc('\'', script);
}
