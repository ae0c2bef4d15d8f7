"""What the preview sends while a build writes."""

import pytest
from tornado.testing import AsyncHTTPTestCase
from tornado.web import Application

from exegesis.command.serve.live import _Pages


class Hurried(_Pages):
    """A build is quicker: the file is another one, or gone, as soon as something is known of it."""

    def get_modified_time(self):
        if self.path == "gone.css":
            self.application.site.joinpath(self.path).unlink()
        return super().get_modified_time()

    def get_content_size(self):
        size = super().get_content_size()
        self.application.site.joinpath(self.path).write_text("as long as one likes" * 100, encoding="utf-8")
        return size


class TestABuildThatIsQuicker(AsyncHTTPTestCase):
    @pytest.fixture(autouse=True)
    def _site(self, tmp_path):
        self.site = tmp_path

    def get_app(self):
        for name in ("page.html", "look.css", "gone.css"):
            (self.site / name).write_text("short", encoding="utf-8")
        application = Application([("/(.*)", Hurried, {"path": str(self.site)})], log_function=lambda handler: None)
        application.site = self.site
        return application

    def test_one_file_is_sent_and_not_the_length_of_another(self):
        assert self.fetch("/look.css").body == b"short"
        page = self.fetch("/page.html")
        assert page.code == 200
        assert page.body.startswith(b"short<script")

    def test_what_has_gone_meanwhile_is_not_there(self):
        answer = self.fetch("/gone.css")
        assert answer.code == 404
        assert b"not there" in answer.body
