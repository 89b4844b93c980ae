import re
import urllib.error
import urllib.request

import pytest

from ae.ui import texts


def get(url, **headers):
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    with urllib.request.urlopen(request) as answer:
        return answer.headers, answer.read().decode()


def test_everybody_gets_the_same_page_for_his_address(app_url):
    names = [f"{number}.example.org" for number in range(10)]
    asked = [app_url, *(f"https://{name}" for name in names), app_url]
    answers = []
    for root in asked:
        forwarded = {} if root == app_url else {"X_Forwarded_Host": root[8:], "X_Forwarded_Proto": "https"}
        headers, page = get(app_url, **forwarded)
        assert f'"root":"{root}"' in page.replace(" ", "")
        answers.append((sorted(name for name in headers if name.lower() != "date"), page.replace(root, "ROOT")))
    assert answers == [answers[0]] * len(answers)
    assert "content-security-policy" in answers[0][0]


@pytest.mark.parametrize("query", ["page=none", "p%61ge=none", "deep_link=none"])
def test_a_page_that_somebody_asks_for_is_nobody_elses(app_url, query):
    strange = {"X_Forwarded_Host": f"{len(query)}.example.net"}
    try:
        get(f"{app_url}/?{query}", **strange)
    except urllib.error.HTTPError as error:
        error.close()
    assert '"deep_link_state":"none"' in get(app_url, **strange)[1].replace(" ", "")
    assert get(app_url, **strange)[1].count(texts.TITLE) == get(app_url)[1].count(texts.TITLE)


def test_a_shared_link_shows_our_title_sentence_and_picture(app_url):
    page = get(app_url, X_Forwarded_Host="me.example.org", X_Forwarded_Proto="https")[1]
    tags = re.findall(r'<meta property="og:([a-z:]+)" content="([^"]*)">', page)
    assert len(tags) == len(dict(tags)) and 'Gradio"' not in page.partition("<script")[0]  # none of its own
    assert dict(tags)["title"] == texts.TITLE and dict(tags)["description"] == texts.SHARED
    assert dict(tags)["image"] == "https://me.example.org/preview.png"
    picture = urllib.request.urlopen(f"{app_url}/preview.png")
    assert picture.headers["Content-Type"] == "image/png"
