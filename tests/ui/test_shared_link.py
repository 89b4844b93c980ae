import re
import urllib.request

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
