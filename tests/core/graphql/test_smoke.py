def test_smoke(shop):
    d=shop.ask("{ customers(first: 3, where: {not: {or: [{name: {contains: \"x%\"}}, {orders: {every: {total: {gt: \"5\"}}}}]}, owner: {is: {name: {ne: \"q\"}}}}, orderBy: [{owner: {name: DESC}}, {city: ASC}]) { totalCount pageInfo { endCursor hasNextPage } nodes { id stars name owner { name } } } ordersByState { state orders amount } bestCities { city customers } mineAndAll { all mine moment } __typename }", shop.clerk)
    print(shop.reads.statements[-1]); print(d)
