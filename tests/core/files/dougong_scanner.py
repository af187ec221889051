"""An add-on that looks at files before they are attached."""

from dougong import Context, File, Refused, before, open_file


@before(File.create)
def no_secrets(file: File, ctx: Context) -> None:
    """Leads have no files that begin with SECRET."""
    with open_file(file) as opened:
        if file.entity == "crm.lead" and opened.read(6) == b"SECRET":
            raise Refused("secret_file")
