# Lines for the rules of rules.yaml: after `ruleid` the next line must be found, after `ok` it must not.
def tasks(stack):
    # ruleid: bare-create-task
    asyncio.create_task(work())
    # ruleid: bare-create-task
    asyncio.ensure_future(work()).add_done_callback(end)
    # ok: bare-create-task
    task = asyncio.create_task(work())
    # ok: bare-create-task
    tasks.append(asyncio.create_task(work()))
    # ok: bare-create-task
    group.create_task(work())
    # ok: bare-create-task
    return asyncio.create_task(task)


def files(text):
    # ruleid: unsafe-yaml
    yaml.load(text)
    # ruleid: unsafe-yaml
    yaml.load(text, Loader=yaml.Loader)
    # ruleid: unsafe-yaml
    yaml.full_load(text)
    # ok: unsafe-yaml
    yaml.load(text, Loader=yaml.CSafeLoader)
    # ruleid: archive-unpacked
    tar.extractall(folder)
    # ok: archive-unpacked
    tar.extractall(folder, filter="data")


# ruleid: pickled
import pickle


def texts(options, path, name):
    # ruleid: format-of-data
    options.title.format(name=name)
    # ruleid: format-of-data
    path.read_text().format(name=name)
    # ruleid: format-of-data
    row["title"].format_map(values)
    # ok: format-of-data
    _LINE.format(name=name)


def rows(db, check, name: str):
    # ruleid: sql-of-data
    db.execute(f"select * from target where id = {check.id}")
    # ruleid: sql-of-data
    db.execute("select * from target where id = '%s'" % check.id)
    # ruleid: sql-of-data
    db.execute(f"select * from target where id = {name}")
    # ok: sql-of-data
    db.execute("select * from target where id = ?", (check.id,))


def told(secrets, settings):
    url = secret_of(settings, "hook")
    # ruleid: secret-told
    print(url)
    password = secrets.get("mail")
    # ruleid: secret-told
    log.info("login password=%s", password)
    # ruleid: secret-told
    raise LoginError(f"wrong password {password}")
    # ruleid: secret-told
    return failed(FailureReason.AUTH, f"refused {password}")
    # ok: secret-told
    log.info("login octets=%d", len(password))
    # ok: secret-told
    log.info("login secret=%s", "mail")


def lines(context, session):
    # ruleid: tls-not-verified
    context.verify_mode = ssl.CERT_NONE
    # ruleid: tls-not-verified
    context.check_hostname = False
    # ruleid: tls-not-verified
    session.get(url, ssl=False)
    # ok: tls-not-verified
    session.get(url, ssl=context)
    # ruleid: surroundings-trusted
    aiohttp.ClientSession(trust_env=True)
    # ok: surroundings-trusted
    aiohttp.ClientSession()


def pages(name):
    # ruleid: markup-of-text
    Markup(f"<b>{name}</b>")
    # ruleid: markup-of-text
    Markup("<b>" + name)
    # ok: markup-of-text
    Markup("<b>{}</b>").format(name)


def doors(token, expected, asked):
    # ruleid: secret-compared
    if token == expected:
        return
    # ruleid: secret-compared
    if asked.token != expected:
        return
    # ok: secret-compared
    if token == "":
        return
    # ok: secret-compared
    if hmac.compare_digest(token, expected):
        return
