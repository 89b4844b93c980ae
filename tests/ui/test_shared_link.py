import re
import urllib.request

from ae.ui import texts


def test_a_shared_link_shows_our_title_sentence_and_picture(app_url):
    request = urllib.request.Request(
        app_url, headers={"X-Forwarded-Host": "me.example.org", "X-Forwarded-Proto": "https"}
    )
    page = urllib.request.urlopen(request).read().decode()
    tags = re.findall(r'<meta property="og:([a-z:]+)" content="([^"]*)">', page)
    assert len(tags) == len(dict(tags)) and 'Gradio"' not in page.partition("<script")[0]  # none of its own
    assert dict(tags)["title"] == texts.TITLE and dict(tags)["description"] == texts.SHARED
    assert dict(tags)["image"] == "https://me.example.org/preview.png"
    picture = urllib.request.urlopen(f"{app_url}/preview.png")
    assert picture.headers["Content-Type"] == "image/png"
