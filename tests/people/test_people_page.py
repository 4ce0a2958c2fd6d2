def test_x(world, tutor, nils, link):
    nils.launch(link)
    a = tutor.get("people.index")
    print(tutor.text)
    import pathlib

    pathlib.Path("/tmp/people.html").write_text(a.text)
    assert 0
