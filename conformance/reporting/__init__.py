"""Writers of reports: text, HTML, Markdown, JUnit and GitHub; none of them needs a live run."""
